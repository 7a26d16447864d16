"""How long to wait before the next try to reach RabbitMQ."""

import random

LONGEST = 30.0
"""Seconds. More would leave a queue standing long after the broker is back."""


def delay(failures: int) -> float:
    """Return seconds before the next try: none after the first failure, then 1 growing to 30, each less up to half."""
    if failures <= 1:
        return 0.0
    grown = min(LONGEST, 2.0 ** min(failures - 2, 10))
    return grown * random.uniform(0.5, 1.0)  # noqa: S311 spreads the herd; nothing here is a secret
