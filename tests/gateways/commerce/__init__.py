"""Tests of Adobe Commerce over REST."""
