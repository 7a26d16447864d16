"""Metrics in Prometheus' format: what a process counts, and what the scheduler reads from ledger and broker."""
