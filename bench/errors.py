"""What can go wrong while measuring."""


class BenchError(Exception):
    """A measurement failed or its outcome is not right; figures of such a run are worth nothing."""
