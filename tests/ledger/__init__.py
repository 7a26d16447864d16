"""Tests of the ledger, each on both databases where it touches one."""
