"""Tests of people's acts and look-ups."""
