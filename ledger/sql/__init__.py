"""Statements over many rows, and PostgreSQL's pipeline mode."""
