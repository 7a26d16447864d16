"""Proof by breaking things: real processes, real servers, seeded faults, and a checker that reads what came of it."""
