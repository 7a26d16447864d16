"""Tests of the calls to the Selling Partner API, against a real server on loopback."""
