"""Tests of the memory transport."""
