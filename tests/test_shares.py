"""The shares of pytest-xdist's processes, as its own scheduler cuts them."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from xdist.scheduler import WorkStealingScheduling

from tests.shares import in_shares


@dataclass(eq=False)
class Node:
    """A process of pytest-xdist's that is never done with a test."""

    sent: list[int] = field(default_factory=list)
    shutting_down: bool = False
    gateway: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(id="a process"))

    def send_runtest_some(self, places: list[int]) -> None:
        """Take tests by their places."""
        self.sent += places


def shares_of(tests: list[str], processes: int) -> list[list[str]]:
    """Return the tests that the scheduler gives to each process at first."""
    options = SimpleNamespace(tx=[f"{processes}*popen"])
    config: Any = SimpleNamespace(getvalue=lambda name: getattr(options, name), option=options)
    scheduler = WorkStealingScheduling(config)
    nodes: list[Any] = [Node() for _ in range(processes)]
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, tests)
    scheduler.schedule()
    return [[tests[place] for place in node.sent] for node in nodes]


@pytest.mark.parametrize(("long", "short"), [(158, 6973), (5, 1000), (41, 0), (0, 42)])
def test_each_process_begins_with_its_part_of_the_long_tests(long: int, short: int) -> None:
    names = [f"long {number}" for number in range(long)], [f"short {number}" for number in range(short)]
    ordered = in_shares(*names, 4)
    assert sorted(ordered) == sorted([*names[0], *names[1]])
    shares = shares_of(ordered, 4)
    kinds = [[name.split()[0] for name in share] for share in shares]
    assert kinds == [sorted(share) for share in kinds]
    counts = [share.count("long") for share in kinds]
    assert max(counts) - min(counts) <= 1
