"""Tests of the handlers, on values only."""
