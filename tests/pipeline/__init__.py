"""Tests of the way of one batch."""
