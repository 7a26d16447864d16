"""Orders: look up, explain, cancel, edit, sync."""
