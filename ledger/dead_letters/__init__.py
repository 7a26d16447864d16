"""Dead letters, their replays and the audit log."""
