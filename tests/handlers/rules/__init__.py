"""Tests of the rules that handlers share."""
