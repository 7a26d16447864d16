"""Tests that the benchmark measures what it says; nothing here is timed, and no peer is needed."""
