"""Tests of event types, their envelope and topology, and the Bus."""
