"""Refused messages: of each event one is tried at a time, and twice as many follow each that is taken."""

from datetime import timedelta

from ledger.ledger import Ledger
from ledger.messages.outbox import Claimed
from ledger.messages.refused import FIRST_DELAY, LONGEST_DELAY, OTHERS_DELAY
from tests.ledger.values import NOON, Clock, a_message

LEASE = timedelta(seconds=30)
NAMES = [f"m{number}" for number in range(10)]


def put(ledger: Ledger, *names: str, **fields: object) -> None:
    with ledger.begin() as work:
        work.refused.put([a_message(name, **fields) for name in names])


def claim(ledger: Ledger) -> list[Claimed]:
    with ledger.begin() as work:
        return work.outbox.claim_due(100, LEASE)


def names(claimed: list[Claimed]) -> list[str]:
    return [one.message.id for one in claimed]


def outcome(ledger: Ledger, sent: list[Claimed], refused: list[Claimed]) -> None:
    with ledger.begin() as work:
        work.outbox.mark_sent([one.outbox_id for one in sent])
        work.refused.postpone(refused)
        work.refused.release(sent)


def test_one_message_of_each_event_and_consumer_is_tried_soon(ledger: Ledger, clock: Clock) -> None:
    put(ledger, *NAMES)
    put(ledger, "later")
    put(ledger, "i1", "i2", name="order.imported")
    put(ledger, "t1", "t2", to="importer")
    assert claim(ledger) == []
    clock.now += FIRST_DELAY
    assert sorted(names(claim(ledger))) == ["i1", "m0", "t1"]


def test_after_each_that_is_taken_twice_as_many_follow_at_once(ledger: Ledger, clock: Clock) -> None:
    put(ledger, *NAMES)
    clock.now += FIRST_DELAY
    taken = []
    while claimed := claim(ledger):
        taken.append(len(claimed))
        outcome(ledger, claimed, [])
    assert taken == [1, 2, 4, 3]


def test_a_message_that_is_refused_again_is_tried_alone_after_a_longer_time(ledger: Ledger, clock: Clock) -> None:
    put(ledger, *NAMES[:4])
    clock.now += FIRST_DELAY
    first = claim(ledger)
    outcome(ledger, first, [])
    both = claim(ledger)
    assert names(both) == ["m1", "m2"]
    outcome(ledger, [], both)
    delays = []
    for _ in range(8):
        before = clock.now
        with ledger.read() as work:
            due = work.outbox.next_due()
        assert due
        clock.now = due
        tried = claim(ledger)
        assert names(tried) == ["m1"]
        delays.append(clock.now - before)
        outcome(ledger, [], tried)
    assert delays[:3] == [2 * FIRST_DELAY, 4 * FIRST_DELAY, 8 * FIRST_DELAY]
    assert delays[-1] == LONGEST_DELAY


def test_messages_are_tried_in_the_end_even_if_none_releases_them(ledger: Ledger, clock: Clock) -> None:
    put(ledger, *NAMES)
    clock.now += FIRST_DELAY
    with ledger.begin() as work:
        work.outbox.mark_sent([one.outbox_id for one in work.outbox.claim_due(100, LEASE)])
    clock.now += OTHERS_DELAY
    assert names(claim(ledger)) == NAMES[1:]


def test_refused_messages_are_counted_by_event_until_they_are_sent(ledger: Ledger, clock: Clock) -> None:
    put(ledger, *NAMES)
    put(ledger, "t1", to="importer")
    with ledger.read() as work:
        stuck = work.refused.stuck()
    assert [(one.event, one.consumer, one.messages, one.since) for one in stuck] == [
        ("order.placed", "", 10, NOON),
        ("order.placed", "importer", 1, NOON),
    ]
    clock.now += FIRST_DELAY
    while claimed := claim(ledger):
        outcome(ledger, claimed, [])
    with ledger.read() as work:
        assert work.refused.stuck() == []


def test_messages_that_were_not_refused_are_not_released(ledger: Ledger, clock: Clock) -> None:
    put(ledger, *NAMES)
    with ledger.begin() as work:
        work.outbox.put([a_message("new")])
    outcome(ledger, claim(ledger), [])
    assert claim(ledger) == []
