"""Tests of the parts that every process needs."""
