"""Tests of the Selling Partner API, simulated."""
