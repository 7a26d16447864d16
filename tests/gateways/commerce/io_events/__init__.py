"""Tests of Adobe I/O events."""
