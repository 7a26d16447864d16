"""Tests of the catalog's operations."""
