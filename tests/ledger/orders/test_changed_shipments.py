"""Changed shipments: claimed by one process, kept while one fails, and never lost to a change meanwhile."""

from datetime import timedelta

from ledger.ledger import Ledger
from ledger.orders.changed_shipments import ChangedShipment
from tests.letters import LaterClock

NOW = timedelta(0)
LEASE = timedelta(minutes=5)


def put(ledger: Ledger, *ids: int, delay: timedelta = NOW) -> None:
    with ledger.begin() as work:
        work.changed_shipments.put(ids, delay)


def claim(ledger: Ledger, limit: int = 10) -> list[ChangedShipment]:
    with ledger.begin() as work:
        return work.changed_shipments.claim(limit, LEASE)


def count(ledger: Ledger) -> int:
    with ledger.read() as work:
        return work.changed_shipments.count()


def test_a_shipment_is_claimed_once_when_it_is_due(ledger: Ledger, clock: LaterClock) -> None:
    put(ledger, 17, 18, 17)
    put(ledger, 19, delay=timedelta(minutes=1))
    assert {one.shipment_id for one in claim(ledger)} == {17, 18}
    assert claim(ledger) == []
    clock.pass_time(minutes=2)
    assert [one.shipment_id for one in claim(ledger)] == [19]
    clock.pass_time(minutes=4)
    assert {one.shipment_id for one in claim(ledger)} == {17, 18}, "their process died"


def test_a_change_while_it_is_read_is_not_lost(ledger: Ledger) -> None:
    put(ledger, 17)
    (read,) = claim(ledger)
    put(ledger, 17)
    with ledger.begin() as work:
        work.changed_shipments.postpone(read, timedelta(hours=1), 1)
        work.changed_shipments.remove([read])
    (again,) = claim(ledger)
    assert (again.version, again.attempts) == (2, 0)
    with ledger.begin() as work:
        work.changed_shipments.remove([again])
    assert count(ledger) == 0


def test_one_that_fails_is_read_later(ledger: Ledger, clock: LaterClock) -> None:
    put(ledger, 17)
    (read,) = claim(ledger)
    with ledger.begin() as work:
        work.changed_shipments.postpone(read, timedelta(hours=1), 3)
        assert not work.changed_shipments.due_before(work.now)
    assert claim(ledger) == []
    clock.pass_time(hours=2)
    with ledger.read() as work:
        assert work.changed_shipments.due_before(work.now)
    assert [one.attempts for one in claim(ledger)] == [3]
