"""Tests of the demo over HTTP."""
