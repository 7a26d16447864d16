"""Dead letters: list, show, edit, discard; the audit log."""
