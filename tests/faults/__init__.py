"""Tests of the fault harness, and its short trials."""
