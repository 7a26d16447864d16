"""Inbox, outbox, early events, and what was published and not handled."""
