"""Metrics in Prometheus' format: counts of each process, and the scheduler's readings of ledger and broker."""
