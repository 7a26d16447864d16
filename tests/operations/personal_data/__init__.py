"""Tests of operations on personal data."""
