"""People: users, their passwords, sessions, API tokens, and their actions in the audit log."""
