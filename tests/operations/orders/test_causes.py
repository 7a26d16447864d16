"""Causes: follow-ups are found by the ids of the incarnation in which their cause was handled."""

from datetime import timedelta

import pytest

from events.envelope import SOURCE, derived_id, event_key
from ledger.incarnations import Incarnation
from operations.orders.causes import causes_of
from schemas.history import HistoryEntry
from tests.ledger.values import NOON, an_order

INCARNATIONS = [Incarnation(f"/{number}" if number else "", NOON + timedelta(hours=number)) for number in range(40)]


@pytest.mark.parametrize(("hours", "number"), [(-1, 0), (0, 0), (20.5, 20), (20.5, 19), (39.5, 39), (39.5, 38)])
def test_a_follow_up_has_its_cause(hours: float, number: int) -> None:
    assert is_found(hours, number)


@pytest.mark.parametrize(("hours", "number"), [(20.5, 10), (20.5, 30), (39.5, 0)])
def test_incarnations_of_another_time_are_not_tried(hours: float, number: int) -> None:
    assert not is_found(hours, number)


def is_found(hours: float, number: int) -> bool:
    """Whether the follow-up of an event that was handled then is found by the id of an incarnation."""
    caused = derived_id(event_key(SOURCE, "cause"), "status-changed", 2, INCARNATIONS[number].id)
    events = {"cause": NOON + timedelta(hours=hours), caused: NOON + timedelta(days=9)}
    cause, follow_up = (HistoryEntry(an_order().key, "", "", event_id, at) for event_id, at in events.items())
    return causes_of([cause, follow_up], INCARNATIONS) == {caused: cause}
