"""Early events are deferred, and requeued once their order is recorded."""

from datetime import timedelta

from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from schemas.history import InboxState
from tests.ledger.values import Clock, a_key, an_early_event, an_order, handled

LEASE = timedelta(seconds=30)


def test_an_early_event_is_requeued_for_its_consumer_when_its_order_is_recorded(ledger: Ledger) -> None:
    event = an_early_event()
    with ledger.begin() as work:
        work.early_events.defer([event, an_early_event("other", an_order(2).key)])
        work.inbox.mark("commerce-shipped", [handled("e1", 0, InboxState.DEFERRED)])
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order()], {}))
        assert work.early_events.requeue([an_order().key]) == 1
    with ledger.begin() as work:
        (claimed,) = work.outbox.claim_due(10, LEASE)
        assert (claimed.message.to, claimed.message.epoch) == ("commerce-shipped", 1)
        assert (claimed.message.id, claimed.message.body) == (event.message.id, event.message.body)
        work.inbox.mark("commerce-shipped", [handled("e1", claimed.message.epoch)])
    with ledger.read() as work:
        assert work.inbox.find("commerce-shipped", [a_key("e1")]) == {a_key("e1"): handled("e1", 1)}


def test_an_early_event_is_requeued_once(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.early_events.defer([an_early_event()])
        assert work.early_events.requeue([an_order().key]) == 1
        assert work.early_events.requeue([an_order().key]) == 0


def test_early_events_of_orders_recorded_together_are_requeued(ledger: Ledger) -> None:
    others = [an_early_event(f"e{number}", an_order(number).key) for number in (2, 3)]
    with ledger.begin() as work:
        work.early_events.defer([an_early_event(), *others])
        assert work.early_events.requeue([event.order for event in others]) == 2


def test_an_event_deferred_while_its_order_was_being_recorded_is_found(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order(2)], {}))
    with ledger.begin() as work:
        work.early_events.defer([an_early_event("e1"), an_early_event("e2", an_order(2).key)])
        assert work.early_events.now_recorded(10) == [an_order(2).key]
        work.early_events.requeue([an_order(2).key])
        assert work.early_events.now_recorded(10) == []


def test_an_event_is_overdue_until_it_is_closed(ledger: Ledger, clock: Clock) -> None:
    late = an_early_event("late", minutes=5)
    with ledger.begin() as work:
        work.early_events.defer([an_early_event("not due", an_order(2).key, minutes=90), late])
        assert work.early_events.overdue(10) == []
    clock.pass_time(minutes=5)
    with ledger.begin() as work:
        assert work.early_events.overdue(10) == [late]
        work.early_events.close([(late.consumer, late.key)])
        assert work.early_events.overdue(10) == []
        assert work.early_events.of_order(late.order[1]) == []
        assert work.early_events.requeue([late.order]) == 0
