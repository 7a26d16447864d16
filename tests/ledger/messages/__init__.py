"""Tests of inbox, outbox and early events."""
