"""Proof by breaking things: real processes, real servers, seeded faults, and a checker of the outcome."""
