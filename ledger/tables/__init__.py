"""The tables, by subject, as SQLAlchemy Core."""
