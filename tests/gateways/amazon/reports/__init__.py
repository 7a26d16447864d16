"""Tests of the readers of order reports."""
