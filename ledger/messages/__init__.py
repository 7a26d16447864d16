"""Inbox, outbox, early events, and published events without an outcome."""
