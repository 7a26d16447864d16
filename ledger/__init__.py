"""The ledger: all stored state, and the only home of SQLAlchemy."""
