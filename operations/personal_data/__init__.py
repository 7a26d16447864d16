"""Personal data: its end, its keys, and who looked at it."""
