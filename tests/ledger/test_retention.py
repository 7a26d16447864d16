"""Retention: messages past their time are purged, except those that may be redelivered."""

from datetime import timedelta

import pytest

from ledger.batches import BatchRecord
from ledger.dead_letters.letter_rows import letter_id
from ledger.errors import LetterBodyGoneError
from ledger.ledger import Ledger
from ledger.retention import PurgeResult
from schemas.history import HistoryEntry, InboxState
from tests.ledger.values import NOON, Clock, a_key, a_letter, a_message, an_early_event, an_order, handled

NOTHING = PurgeResult(early=0, inbox=0, outbox=0, letter_bodies=0)


def purge(ledger: Ledger, clock: Clock, limit: int = 100) -> PurgeResult:
    clock.pass_time(days=90)
    with ledger.begin() as work:
        return work.retention.purge(clock.now - timedelta(days=60), limit)


def test_messages_handled_long_ago_are_purged_but_the_history_stays(ledger: Ledger, clock: Clock) -> None:
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1"), handled("m2")])
        work.outbox.put([a_message("sent"), a_message("unsent")])
        work.outbox.mark_sent([work.outbox.claim_due(1, timedelta(seconds=30))[0].outbox_id])
        work.record("", BatchRecord(entries=[HistoryEntry(an_order().key, "order.placed", "", "id", NOON)]))
    assert purge(ledger, clock) == PurgeResult(early=0, inbox=2, outbox=1, letter_bodies=0)
    with ledger.read() as work:
        assert len(work.history.of_order(an_order().key)) == 1
        assert work.outbox.next_due() is not None


def test_a_purge_is_limited(ledger: Ledger, clock: Clock) -> None:
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled(f"m{number}") for number in range(5)])
    assert [purge(ledger, clock, limit=2).inbox for _ in range(4)] == [2, 2, 1, 0]


def test_a_message_that_may_be_redelivered_is_not_purged(ledger: Ledger, clock: Clock) -> None:
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1", 0, InboxState.FAILED)])
        work.dead_letters.save([a_letter("m1")])
        work.inbox.mark("commerce-shipped", [handled("e1", 0, InboxState.DEFERRED)])
        work.early_events.defer([an_early_event("e1")])
    assert purge(ledger, clock) == NOTHING
    with ledger.read() as work:
        assert a_key("m1") in work.inbox.find("importer", [a_key("m1")])
        assert work.dead_letters.message(letter_id(a_letter().identity)) == a_letter().message


def test_an_early_event_closed_long_ago_is_purged_with_its_message(ledger: Ledger, clock: Clock) -> None:
    with ledger.begin() as work:
        work.early_events.defer([an_early_event("e1"), an_early_event("e2"), an_early_event("deferred")])
        work.early_events.close([("commerce-shipped", a_key("e1")), ("commerce-shipped", a_key("e2"))])
    assert [purge(ledger, clock, limit=1).early for _ in range(3)] == [1, 1, 0]
    with ledger.read() as work:
        assert len(work.early_events.of_order(an_early_event("deferred").order[1])) == 1


def test_a_letter_resolved_long_ago_stays_without_its_message(ledger: Ledger, clock: Clock) -> None:
    with ledger.begin() as work:
        work.dead_letters.save([a_letter("m1"), a_letter("open")])
        work.dead_letters.resolve([a_letter("m1").identity])
    assert purge(ledger, clock).letter_bodies == 1
    assert purge(ledger, clock) == NOTHING
    with ledger.read() as work:
        assert len(work.dead_letters.latest()) == 2
        with pytest.raises(LetterBodyGoneError):
            work.dead_letters.message(letter_id(a_letter("m1").identity))
