"""Rows read in parts: stored messages are bounded in bytes as well as in number."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from ledger.sql import rows as rows_module
from ledger.sql.rows import CHUNK_BYTES, chunks
from tests.ledger.values import Clock, a_message, an_early_event, an_order

LARGE = CHUNK_BYTES // 4
LEASE = timedelta(seconds=30)


class Sized(NamedTuple):
    """A row of which only its size matters."""

    size: int


@pytest.mark.parametrize(
    ("sizes", "parts"),
    [
        ([], []),
        ([1, 2, 3], [3]),
        ([CHUNK_BYTES, 1], [1, 1]),
        ([2 * CHUNK_BYTES, 2 * CHUNK_BYTES], [1, 1]),
        ([LARGE] * 9, [4, 4, 1]),
        ([0] * 5, [5]),
    ],
)
def test_rows_are_read_in_parts_of_a_limited_size(sizes: list[int], parts: list[int]) -> None:
    assert [len(part) for part in chunks([Sized(size) for size in sizes])] == parts


def test_few_large_messages_of_the_outbox_are_claimed_together_in_due_order(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.outbox.put([a_message(f"m{number}", body=bytes(LARGE - 100)) for number in range(9)])
    claimed = []
    for _ in range(4):
        with ledger.begin() as work:
            claimed.append([one.message.id for one in work.outbox.claim_due(100, LEASE)])
    assert claimed == [[f"m{number}" for number in part] for part in (range(4), range(4, 8), range(8, 9), ())]


def test_large_early_events_of_an_order_are_requeued_part_by_part(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "CHUNK_BYTES", 1)
    with ledger.begin() as work:
        work.early_events.defer([an_early_event(f"e{number}") for number in range(5)])
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order()], {}))
        assert work.early_events.requeue([an_order().key]) == 5
    with ledger.begin() as work:
        assert sum(1 for _ in range(6) for _ in work.outbox.claim_due(100, LEASE)) == 5


def test_large_early_events_expire_part_by_part(ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "CHUNK_BYTES", 1)
    with ledger.begin() as work:
        work.early_events.defer([an_early_event(f"e{number}", minutes=number) for number in range(3)])
    clock.pass_time(minutes=5)
    expired = []
    for _ in range(4):
        with ledger.begin() as work:
            overdue = work.early_events.overdue(10)
            work.early_events.close([(event.consumer, event.key) for event in overdue])
        expired.append(len(overdue))
    assert expired == [1, 1, 1, 0]
