"""Tests of what is said, and how it travels."""
