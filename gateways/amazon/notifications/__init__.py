"""Parsers of Amazon's notifications (SP-API Notifications)."""
