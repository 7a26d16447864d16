"""Tests of order operations."""
