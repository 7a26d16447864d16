"""People in the ledger: users, sessions, API tokens."""
