"""Unknown stores: those that events name and nobody has added. Their events wait in the ledger."""

from collections.abc import Iterable
from difflib import get_close_matches

from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.read_only import read_only_sentence
from schemas.blockers import SHOWN_STORES, Remedy, RemedyKind, system_message
from schemas.fields import Moment
from schemas.value import Value

NAMED = 3
"""Unknown stores that a sentence names; the list has the others."""


class UnknownStoreRow(Value):
    """An unknown store: the number of events that wait for it and since when, the nearest known store, the remedy."""

    store_id: str
    events: int
    since: Moment
    nearest: str | None
    remedy: Remedy


class UnknownStores(Value):
    """The unknown stores with the most waiting events, and how many such stores and events there are in all."""

    stores: tuple[UnknownStoreRow, ...]
    count: int
    events: int


def list_unknown_stores(context: Context, limit: int) -> UnknownStores:
    """Return the unknown stores with the most waiting events, at most *limit*."""
    with context.ledger.read() as work:
        unknown = work.unknown_stores.largest(limit)
        events, count = work.unknown_stores.count()
        store_ids = [store.store_id for store in work.stores.all()] if unknown else []
    rows = (
        UnknownStoreRow(
            store_id=store.store_id,
            events=store.events,
            since=store.since,
            nearest=nearest_store(store.store_id, store_ids),
            remedy=Remedy(kind=RemedyKind.ADD_STORE, params={"store_id": store.store_id}),
        )
        for store in unknown
    )
    return UnknownStores(stores=tuple(rows), count=count, events=events)


def nearest_store(store_id: str, store_ids: Iterable[str]) -> str | None:
    """Return the known store whose id reads most like this one, or None when none does."""
    return next(iter(get_close_matches(store_id, list(store_ids), n=1)), None)


def waiting_sentence(work: UnitOfWork) -> str | None:
    """Return that events wait for unknown stores, and for which; None when none do."""
    events, count = work.unknown_stores.count()
    if not events:
        return None
    named = [store.store_id for store in work.unknown_stores.largest(NAMED)]
    more = [f"and {count - NAMED:,} more"] if count > NAMED else []
    waiting = "1 event waits" if events == 1 else f"{events:,} events wait"
    stores = "a store that nobody has added" if count == 1 else f"{count:,} stores that nobody has added"
    return f"{waiting} for {stores}: {', '.join([*named, *more])}."


def message_to_staff(work: UnitOfWork) -> str | None:
    """Return the message above lists: read-only mode, the documented one while orders are blocked, waiting events."""
    blocked = system_message(*work.orders.blocked_stores(SHOWN_STORES))
    sentences = (read_only_sentence(work), blocked, waiting_sentence(work))
    return " ".join(sentence for sentence in sentences if sentence) or None
