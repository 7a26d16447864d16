"""The tests in the shares of pytest-xdist's processes: each process runs its long tests first."""

from collections.abc import Sequence
from typing import TypeVar

Test = TypeVar("Test")


def in_shares(long: Sequence[Test], short: Sequence[Test], processes: int) -> list[Test]:
    """Return all tests in one list, of which each process takes an equal part in turn, as `--dist worksteal` cuts it.

    A part begins with a part of the long tests, in their order: those of a module share its fixtures, and the fault
    trials, which load the machine, come one after the other. At the end of the run, short tests are left to be stolen.
    """
    ordered: list[Test] = []
    for left in range(processes, 0, -1):
        count = len(long) // left
        rest = (len(long) + len(short)) // left - count
        ordered += [*long[:count], *short[:rest]]
        long, short = long[count:], short[rest:]
    return ordered
