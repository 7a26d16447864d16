"""Tests of the readers of notifications."""
