"""People: users, their passwords, sessions, API tokens, and what they did."""
