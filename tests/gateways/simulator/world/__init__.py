"""Tests of the demo's generator."""
