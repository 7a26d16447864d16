"""Tests of the simulated Amazon and Commerce."""
