"""Tests of encryption."""
