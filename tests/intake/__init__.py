"""Tests of the intake over HTTP."""
