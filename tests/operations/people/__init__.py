"""Tests of operations/people."""
