"""Tests of dead letters in the ledger."""
