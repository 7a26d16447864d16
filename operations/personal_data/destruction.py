"""The end of personal data: one deadline for a person, over vault, outbox, deferred events, dead letters and order."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from handlers import destroy_personal_data
from handlers.rules.personal_data import has_ended, last_change
from ledger.errors import StoredDataError
from ledger.ledger import Ledger
from ledger.pages import pages
from ledger.unit_of_work import UnitOfWork
from operations.context import deadlines
from operations.orders.actions import operator_event_on, write_decisions
from pipeline.deciding import DecidedEvent
from pipeline.lookup import BatchState
from schemas.order import Order, OrderKey
from schemas.settings import Settings

EVENT = "personal_data.destroyed"
"""The name in an order's history."""


def destroy_overdue(ledger: Ledger, settings: Settings, page_size: int) -> Iterator[int]:
    """Destroy the personal data whose time is over, a page at a time; yield how many orders a page had.

    Where the database allows it, the places of the deleted data are overwritten.
    """
    yield from _expired(ledger, settings, page_size)
    yield from _of_messages_alone(ledger, settings, page_size)
    yield from _unattributed(ledger, settings, page_size)
    ledger.overwrite_deleted()


def _expired(ledger: Ledger, settings: Settings, page_size: int) -> Iterator[int]:
    """Destroy data that has expired after its order's end, or exceeds the limit for orders that nobody ends."""
    while True:
        with ledger.begin() as work:
            saved_before = work.now - timedelta(days=settings.personal_data_max_days)
            overdue = work.vault.overdue(saved_before, page_size)
            orders = _locked(work, overdue)
            # Again, now that the orders are locked: one may have been reopened meanwhile.
            _destroy(work, settings, work.vault.overdue(saved_before, page_size, among=overdue), orders)
        yield len(overdue)
        if not overdue:
            return


def _of_messages_alone(ledger: Ledger, settings: Settings, page_size: int) -> Iterator[int]:
    """Destroy messages of orders that ended long enough ago, without personal data in the vault."""
    for page in pages(page_size):
        with ledger.begin() as work:
            keys = page.read(work.vault.without_body(page.after, page_size), _itself)
            orders = _locked(work, keys)
            ended_before = work.now - timedelta(days=settings.personal_data_days)
            over = [order for order in orders if has_ended(order) and last_change(order) <= ended_before]
            _destroy(work, settings, {order.key for order in over}, over)
        yield len(over)


def _unattributed(ledger: Ledger, settings: Settings, page_size: int) -> Iterator[int]:
    """Destroy messages that were about no known order: nobody knows whose data they have."""
    while True:
        with ledger.begin() as work:
            failed_before = work.now - timedelta(days=settings.personal_data_days)
            destroyed = work.destruction.destroy_unattributed(failed_before, page_size)
        yield destroyed
        if not destroyed:
            return


def _locked(work: UnitOfWork, keys: Sequence[OrderKey]) -> list[Order]:
    """Return orders, locked, without those that cannot be read: their data is destroyed all the same."""
    try:
        return list(work.orders.load(keys, lock=True).values())
    except StoredDataError:
        return _locked(work, keys[: len(keys) // 2]) + _locked(work, keys[len(keys) // 2 :]) if len(keys) > 1 else []


def _destroy(work: UnitOfWork, settings: Settings, keys: Collection[OrderKey], orders: Collection[Order]) -> None:
    over = {order.key: order for order in orders if order.key in keys}
    if over:
        decisions = [_decided(order, work.now) for order in over.values()]
        write_decisions(work, deadlines(settings), BatchState.of_orders(work, over), decisions)
    work.destruction.destroy(keys)


def _decided(order: Order, now: datetime) -> DecidedEvent:
    return DecidedEvent(operator_event_on(EVENT, order.key), destroy_personal_data.decide(order, now), order)


def _itself(key: OrderKey) -> OrderKey:
    return key
