"""Tests of orders in the ledger."""
