"""Tests of text views."""
