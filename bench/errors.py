"""Errors of a measurement."""


class BenchError(Exception):
    """A measurement failed or its result is wrong; its figures are not valid."""
