"""Mutated messages end as handled or as dead letters; `./run faults --fuzz 1000000` does the same for longer."""

from random import Random

import pytest

from events.registry import CONSUMERS
from faults.fuzz import fuzz, mutated


@pytest.mark.slow
def test_thousands_of_mutated_messages_are_handled_or_dead_lettered_and_none_raises() -> None:
    outcome = fuzz(4000, seed=1)
    assert outcome.messages == 4000
    assert set(outcome.by_consumer) == set(CONSUMERS)
    assert outcome.orders > 10
    assert outcome.letters > 1000
    assert outcome.deferred == 0


def test_the_same_seed_makes_the_same_mutations() -> None:
    body = b'{"id": "1", "data": {"items": [1, 2, 3]}}'
    assert [mutated(Random(7), body) for _ in range(3)] == [mutated(Random(7), body)] * 3
    assert len({mutated(random, body) for random in [Random(7)] for _ in range(50)}) > 20
