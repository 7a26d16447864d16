"""Tests of the readers of Amazon's own shapes."""
