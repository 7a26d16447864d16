"""The checker against histories with one defect each: it reports that one and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faults.checker import check, is_excused
from faults.history import Backlog, Books, History, Recovery, ReplayResult, Row, Sent

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ORDER = ("test-store", "999-0000000-0000001")
PLACED = ("order-placed", b"placed")
IMPORT = ("importer", b"import")
SENT = Sent(b"digest", PLACED, 1, (NOON,), "order.placed", letters=frozenset(["message/order-placed"]))
GOOD = History(
    sent=(SENT,),
    rows={PLACED: Row("done", NOON), IMPORT: Row("done", NOON)},
    follow_ups={IMPORT: NOON},
    applied={(ORDER, "order.placed 1"): 1},
    orders={ORDER: {"status": "Unshipped"}},
    expected={ORDER: {"status": "Unshipped"}},
    recoveries=(Recovery("broker killed", 1.0),),
    faults={"broker killed": 1},
)


def _invariants(**changes: Any) -> list[str]:
    return [violation.invariant for violation in check(replace(GOOD, **changes))]


def test_a_good_history_is_good() -> None:
    assert check(GOOD) == []


def test_an_event_that_was_confirmed_and_is_nowhere_is_lost() -> None:
    assert _invariants(rows={IMPORT: Row("done", NOON)}) == ["I1"]


def test_an_event_that_was_not_confirmed_may_be_nowhere() -> None:
    assert _invariants(sent=(SENT, Sent(b"other", ("order-placed", b"other"), 3, ()))) == []


@pytest.mark.parametrize("where", ["letters", "nets"])
def test_poison_is_accounted_for_as_a_letter_or_in_a_dead_letter_queue(where: str) -> None:
    poison = Sent(b"poison", None, 1, (NOON,))
    assert _invariants(sent=(SENT, poison)) == ["I1"]
    assert _invariants(sent=(SENT, poison), **{where: frozenset([b"poison"])}) == []


def test_a_failed_event_without_a_letter_is_lost() -> None:
    rows = {PLACED: Row("failed", NOON), IMPORT: Row("done", NOON)}
    assert _invariants(rows=rows) == ["I1"]
    assert _invariants(rows=rows, letter_keys=frozenset([PLACED])) == []
    assert _invariants(rows=rows, letter_identities=frozenset(["message/order-placed"])) == []


def test_a_deferred_event_that_is_nowhere_is_lost() -> None:
    rows = {PLACED: Row("deferred", NOON), IMPORT: Row("done", NOON)}
    assert _invariants(rows=rows) == ["I1"]
    assert _invariants(rows=rows, deferred=frozenset([PLACED])) == []


def test_a_wiped_broker_excuses_what_was_confirmed_before_and_nothing_after() -> None:
    history = replace(GOOD, losses=(NOON + timedelta(seconds=1),))
    assert is_excused(history, SENT)
    assert not is_excused(history, replace(SENT, confirmed=(NOON, LATER)))


def test_an_event_applied_twice_is_seen() -> None:
    assert _invariants(applied={(ORDER, "order.placed 1"): 2}) == ["I2"]


@pytest.mark.parametrize(
    "books", [Books(numbers=2, numbered=1), Books(surplus_pieces=1), Books(drift={"SKU": 1}), Books(drift={"SKU": -1})]
)
def test_a_duplicate_effect_is_seen_in_the_books_of_amazon_and_commerce(books: Books) -> None:
    assert _invariants(books=books) == ["I2"]


def test_a_follow_up_that_was_not_handled_is_seen() -> None:
    assert _invariants(rows={PLACED: Row("done", NOON)}) == ["I3"]


def test_a_follow_up_may_be_lost_by_a_broker_that_was_wiped_after_it() -> None:
    assert _invariants(rows={PLACED: Row("done", NOON)}, losses=(LATER,)) == []
    assert _invariants(rows={PLACED: Row("done", NOON)}, losses=(NOON - timedelta(seconds=1),)) == ["I3"]


def test_a_message_that_was_handled_and_never_published_is_seen() -> None:
    assert _invariants(rows={**GOOD.rows, ("importer", b"ghost"): Row("done", NOON)}) == ["I4"]


def test_a_request_that_a_restored_ledger_forgot_may_be_handled_all_the_same() -> None:
    leftover = ("importer", b"leftover")
    assert _invariants(rows={**GOOD.rows, leftover: Row("done", NOON)}, forgotten=frozenset([leftover])) == []


def test_only_a_restored_ledger_may_lack_the_commerce_order_of_one_that_is_canceled() -> None:
    found = {ORDER: {"amazon_status": "Canceled", "commerce_order": None}}
    expected = {ORDER: {"amazon_status": "Canceled", "commerce_order": "1"}}
    history = {"orders": found, "expected": expected, "books": Books(shop=frozenset([ORDER]))}
    assert _invariants(**history) == ["I5"]
    assert _invariants(**history, forgotten=frozenset([IMPORT])) == []
    assert _invariants(**{**history, "books": Books()}, forgotten=frozenset([IMPORT])) == ["I5"]


def test_an_order_that_nobody_placed_is_seen() -> None:
    assert _invariants(orders={**GOOD.orders, ("test-store", "999-0000000-0000002"): {}}) == ["I4"]


def test_an_order_that_ends_otherwise_than_in_the_model_is_seen() -> None:
    assert _invariants(orders={ORDER: {"status": "Pending"}}) == ["I5"]
    assert _invariants(orders={}) == ["I5"]


@pytest.mark.parametrize(
    "backlog",
    [
        Backlog(unsent=1),
        Backlog(claimed=1),
        Backlog(queued={"importer": 1}),
        Backlog(unacknowledged=1),
        Backlog(unconsumed=("importer",)),
    ],
)
def test_a_backlog_is_seen(backlog: Backlog) -> None:
    assert _invariants(backlog=backlog) == ["I6"]


def test_a_fault_after_which_a_loop_did_not_work_again_is_seen() -> None:
    assert _invariants(recoveries=(Recovery("broker killed", None),)) == ["I8"]


@pytest.mark.parametrize("faults", [{}, {"broker killed": 0}])
def test_a_trial_without_its_faults_proves_nothing(faults: dict[str, int]) -> None:
    assert set(_invariants(faults=faults)) == {"I0"}


def test_a_trial_without_events_proves_nothing() -> None:
    assert "I0" in _invariants(sent=())


def test_a_complaint_of_the_trial_is_a_violation() -> None:
    assert _invariants(complaints=("relay ended with 1",)) == ["I0"]


@pytest.mark.parametrize(
    "replayed",
    [
        ReplayResult("1", "running", 2, {"ok": 2}),
        ReplayResult("1", "finished", 2, {"ok": 1}),
        ReplayResult("1", "finished", 1, {"ok": 1, "failed_again": 1}),
    ],
)
def test_a_replay_that_is_not_finished_or_lacks_an_outcome_is_seen(replayed: ReplayResult) -> None:
    assert _invariants(replays=(replayed,)) == ["I7"]


def test_a_finished_replay_is_good_and_a_letter_that_still_belongs_to_it_is_not() -> None:
    replays = (ReplayResult("1", "finished", 2, {"ok": 1, "failed_again": 1}),)
    assert _invariants(replays=replays) == []
    assert _invariants(replays=replays, letters_replaying=1) == ["I7"]
