"""Tests of the commands, through the real command line on a database file."""
