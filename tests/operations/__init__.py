"""Tests of what people do and look up."""
