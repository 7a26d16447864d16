"""Tests of prepared statements."""
