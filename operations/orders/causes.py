"""Causes in an order's history: which event follows from which, by the ids of follow-ups, which are derived."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from events.envelope import SOURCE, derived_id, event_key
from events.registry import CONSUMERS
from ledger.incarnations import Incarnation
from schemas.history import HistoryEntry

OPERATOR = "operator"
"""The name in place of a consumer's, where an operator decides."""

POSITIONS = 8
"""Follow-ups of one event whose ids are tried. No handler has more; those of further parcels have no known cause."""


def causes_of(history: Sequence[HistoryEntry], incarnations: Sequence[Incarnation]) -> Mapping[str, HistoryEntry]:
    """Return the entry that each entry follows from, by the event id of the latter; none where it is not in *history*.

    *incarnations* are all of the database's. See `events.envelope.derived_id`, and `pipeline.reimport` for imports that
    a change of the catalog requests.
    """
    ids = {entry.event_id for entry in history}
    return {caused: entry for entry in history for caused in _follow_up_ids(entry, incarnations) if caused in ids}


def _follow_up_ids(entry: HistoryEntry, incarnations: Sequence[Incarnation]) -> Iterator[str]:
    key = event_key(entry.source or SOURCE, entry.event_id)
    for consumer, position, incarnation in product(
        (*CONSUMERS, OPERATOR), range(POSITIONS), _about(entry, incarnations)
    ):
        yield derived_id(key, consumer, position, incarnation.id)
    order = "/".join(entry.order)
    for reason, incarnation in product((order, f"missed/{order}"), incarnations):
        yield derived_id(key, reason, 0, incarnation.id)


def _about(entry: HistoryEntry, incarnations: Sequence[Incarnation]) -> Sequence[Incarnation]:
    """Return the incarnation that was present when an entry was written, the one before and the one after.

    A connection keeps the one that was present when it was opened. All of dozens would cost a page its time.
    """
    begun = sum(incarnation.since <= entry.at for incarnation in incarnations)
    return incarnations[max(0, begun - 2) : begun + 1]
