"""Orders, their history, personal data and wake-ups; stores and matches of listings."""
