"""Business rules: pure functions that decide about events."""
