"""Orders, their history, stores, matches and personal data."""
