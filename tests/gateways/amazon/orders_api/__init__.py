"""Tests of the readers of Orders API responses."""
