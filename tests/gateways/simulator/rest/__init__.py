"""Tests of Commerce's REST API, simulated."""
