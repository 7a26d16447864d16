"""The checker against histories in which one thing is wrong: each is seen, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faults.checker import check, is_excused
from faults.history import Books, History, Quiet, Recovery, Replayed, Row, Sent

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ORDER = ("test-store", "999-0000000-0000001")
PLACED = ("order-placed", b"placed")
IMPORT = ("importer", b"import")
SENT = Sent(b"digest", PLACED, 1, (NOON,), "order.placed", letters=frozenset(["message/order-placed"]))
GOOD = History(
    sent=(SENT,),
    rows={PLACED: Row("done", NOON), IMPORT: Row("done", NOON)},
    said={IMPORT: NOON},
    applied={(ORDER, "order.placed 1"): 1},
    orders={ORDER: {"status": "Unshipped"}},
    expected={ORDER: {"status": "Unshipped"}},
    recoveries=(Recovery("broker killed", 1.0),),
    faults={"broker killed": 1},
)


def _wrong(**changes: Any) -> list[str]:
    return [violation.invariant for violation in check(replace(GOOD, **changes))]


def test_a_good_history_is_good() -> None:
    assert check(GOOD) == []


def test_an_event_that_was_confirmed_and_is_nowhere_is_lost() -> None:
    assert _wrong(rows={IMPORT: Row("done", NOON)}) == ["I1"]


def test_an_event_that_was_not_confirmed_may_be_nowhere() -> None:
    assert _wrong(sent=(SENT, Sent(b"other", ("order-placed", b"other"), 3, ()))) == []


@pytest.mark.parametrize("place", ["letters", "nets"])
def test_poison_is_accounted_for_as_a_letter_or_in_a_safety_net(place: str) -> None:
    poison = Sent(b"poison", None, 1, (NOON,))
    assert _wrong(sent=(SENT, poison)) == ["I1"]
    assert _wrong(sent=(SENT, poison), **{place: frozenset([b"poison"])}) == []


def test_a_failed_event_without_a_letter_is_lost() -> None:
    rows = {PLACED: Row("failed", NOON), IMPORT: Row("done", NOON)}
    assert _wrong(rows=rows) == ["I1"]
    assert _wrong(rows=rows, letter_keys=frozenset([PLACED])) == []
    assert _wrong(rows=rows, letter_identities=frozenset(["message/order-placed"])) == []


def test_an_event_that_waits_and_was_forgotten_is_lost() -> None:
    rows = {PLACED: Row("deferred", NOON), IMPORT: Row("done", NOON)}
    assert _wrong(rows=rows) == ["I1"]
    assert _wrong(rows=rows, waiting=frozenset([PLACED])) == []


def test_a_wiped_broker_excuses_what_was_confirmed_before_and_nothing_after() -> None:
    history = replace(GOOD, losses=(NOON + timedelta(seconds=1),))
    assert is_excused(history, SENT)
    assert not is_excused(history, replace(SENT, confirmed=(NOON, LATER)))


def test_an_event_applied_twice_is_seen() -> None:
    assert _wrong(applied={(ORDER, "order.placed 1"): 2}) == ["I2"]


@pytest.mark.parametrize(
    "books", [Books(numbers=2, numbered=1), Books(surplus_pieces=1), Books(drift={"SKU": 1}), Books(drift={"SKU": -1})]
)
def test_what_the_outside_did_twice_is_seen_in_its_own_books(books: Books) -> None:
    assert _wrong(books=books) == ["I2"]


def test_a_follow_up_that_nobody_heard_is_seen() -> None:
    assert _wrong(rows={PLACED: Row("done", NOON)}) == ["I3"]


def test_a_follow_up_may_be_forgotten_by_a_broker_that_was_wiped_after_it() -> None:
    assert _wrong(rows={PLACED: Row("done", NOON)}, losses=(LATER,)) == []
    assert _wrong(rows={PLACED: Row("done", NOON)}, losses=(NOON - timedelta(seconds=1),)) == ["I3"]


def test_what_was_handled_and_never_said_is_seen() -> None:
    assert _wrong(rows={**GOOD.rows, ("importer", b"ghost"): Row("done", NOON)}) == ["I4"]


def test_an_order_that_nobody_placed_is_seen() -> None:
    assert _wrong(orders={**GOOD.orders, ("test-store", "999-0000000-0000002"): {}}) == ["I4"]


def test_an_order_that_ends_elsewhere_than_its_events_lead_is_seen() -> None:
    assert _wrong(orders={ORDER: {"status": "Pending"}}) == ["I5"]
    assert _wrong(orders={}) == ["I5"]


@pytest.mark.parametrize(
    "quiet",
    [
        Quiet(unsent=1),
        Quiet(claimed=1),
        Quiet(queued={"importer": 1}),
        Quiet(unacknowledged=1),
        Quiet(unconsumed=("importer",)),
    ],
)
def test_unrest_is_seen(quiet: Quiet) -> None:
    assert _wrong(quiet=quiet) == ["I6"]


def test_a_fault_after_which_nothing_went_on_is_seen() -> None:
    assert _wrong(recoveries=(Recovery("broker killed", None),)) == ["I8"]


@pytest.mark.parametrize("faults", [{}, {"broker killed": 0}])
def test_a_trial_without_its_faults_proves_nothing(faults: dict[str, int]) -> None:
    assert set(_wrong(faults=faults)) == {"I0"}


def test_a_trial_without_events_proves_nothing() -> None:
    assert "I0" in _wrong(sent=())


def test_what_the_trial_complains_of_is_a_violation() -> None:
    assert _wrong(complaints=("relay ended with 1",)) == ["I0"]


@pytest.mark.parametrize(
    "replayed",
    [
        Replayed("1", "running", 2, {"ok": 2}),
        Replayed("1", "finished", 2, {"ok": 1}),
        Replayed("1", "finished", 1, {"ok": 1, "failed_again": 1}),
    ],
)
def test_a_replay_that_has_not_ended_or_forgot_a_letter_is_seen(replayed: Replayed) -> None:
    assert _wrong(replays=(replayed,)) == ["I7"]


def test_a_replay_that_ended_is_good_and_a_letter_that_it_still_holds_is_not() -> None:
    replays = (Replayed("1", "finished", 2, {"ok": 1, "failed_again": 1}),)
    assert _wrong(replays=replays) == []
    assert _wrong(replays=replays, still_replayed=1) == ["I7"]
