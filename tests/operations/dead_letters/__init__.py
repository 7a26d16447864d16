"""Tests of dead-letter operations."""
