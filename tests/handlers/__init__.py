"""Tests of what is decided, on values only."""
