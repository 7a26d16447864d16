"""Servers for the tests: found or started once for a whole run, and ended with it."""
