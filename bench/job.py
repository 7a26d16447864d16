"""The job as the peers do it: one event at a time, in a transaction, with plain psycopg.

The validation, the decision and the rows are those of the product; a test compares them.
"""

from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection, Connection

from bench.load import STORE
from events.envelope import OF_ANY, Event, decode, follow_up
from events.registry import CONSUMERS
from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import outstanding
from handlers.table import HANDLERS
from ledger.messages.codec import dump_follow_ups, load_follow_ups
from ledger.orders.listings import listings_insert
from ledger.orders.sales import sales_insert
from schemas.message import Message
from schemas.order import Order
from schemas.payloads import OrderPayload

Statement = tuple[str, Mapping[str, object]]
Row = tuple[Any, ...]

CONSUMER_OF = {event: consumer for consumer, event in CONSUMERS.items()}

LOCK_ORDER = """
    SELECT document FROM orders WHERE store_id = %(store_id)s AND amazon_order_id = %(amazon_order_id)s FOR UPDATE
"""
MARK_HANDLED = """
    INSERT INTO inbox (consumer, key, epoch, state, follow_ups, handled_at, digest)
    VALUES (%(consumer)s, %(key)s, 0, 'done', %(follow_ups)s, %(now)s, %(digest)s)
    ON CONFLICT DO NOTHING RETURNING key
"""
EARLIER_FOLLOW_UPS = "SELECT follow_ups FROM inbox WHERE consumer = %(consumer)s AND key = %(key)s"
ORDER_COLUMNS = (
    "store_id",
    "amazon_order_id",
    "version",
    "purchase_date",
    "last_update_date",
    "status",
    "amazon_status",
    "import_state",
    "completable",
    "asks_to_cancel",
    "fulfillment_channel",
    "total",
    "currency",
    "note",
    "pending_since",
    "document",
)
SAVE_ORDER = f"""
    INSERT INTO orders ({", ".join(ORDER_COLUMNS)})
    VALUES ({", ".join(f"%({name})s" for name in ORDER_COLUMNS)})
    ON CONFLICT (store_id, amazon_order_id)
    DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in ORDER_COLUMNS[2:])}
    WHERE orders.version = excluded.version - 1
    RETURNING version
"""  # noqa: S608 - nothing but the names above
WRITE_JOURNAL = """
    INSERT INTO order_history (store_id, amazon_order_id, at, event, note, event_id, source)
    VALUES (%(store_id)s, %(amazon_order_id)s, %(now)s, %(event)s, %(note)s, %(event_id)s, %(source)s)
"""

ADD_SALES = """
    INSERT INTO daily_sales_changes (store_id, day, status, currency, orders, total)
    SELECT * FROM unnest(
        %(store_id)s::text[], %(day)s::text[], %(status)s::text[], %(currency)s::text[], %(orders)s::int[],
        %(total)s::bigint[]
    )
"""

ADD_LISTINGS = """
    INSERT INTO listing_changes (store_id, seller_sku, asin, orders, last_order, last_at)
    SELECT * FROM unnest(
        %(store_id)s::text[], %(seller_sku)s::text[], %(asin)s::text[], %(orders)s::int[], %(last_order)s::text[],
        %(last_at)s::timestamptz[]
    )
"""


class LostRaceError(Exception):
    """Another worker recorded the same order first."""


def handle_one(connection: Connection[Row], body: bytes) -> bytes:
    """Do the job in a transaction, again after a lost race, and return the body of the event to publish."""
    while True:
        try:
            with connection.transaction():
                return _handle(connection, body)
        except LostRaceError:
            continue


def _handle(connection: Connection[Row], body: bytes) -> bytes:
    steps = _job(body, datetime.now(UTC))
    statement = next(steps)
    while True:
        cursor = connection.execute(*statement)
        try:
            statement = steps.send(cursor.fetchone() if cursor.description else None)
        except StopIteration as done:
            return bytes(done.value)


async def handle_one_async(connection: AsyncConnection[Row], body: bytes) -> bytes:
    """Do the job as `handle_one` does."""
    while True:
        try:
            async with connection.transaction():
                return await _handle_async(connection, body)
        except LostRaceError:
            continue


async def _handle_async(connection: AsyncConnection[Row], body: bytes) -> bytes:
    steps = _job(body, datetime.now(UTC))
    statement = next(steps)
    while True:
        cursor = await connection.execute(*statement)
        try:
            statement = steps.send(await cursor.fetchone() if cursor.description else None)
        except StopIteration as done:
            return bytes(done.value)


def _job(body: bytes, now: datetime) -> Generator[Statement, Row | None, bytes]:
    """Yield the statements, receive the first row of each, and return the follow-up."""
    event = decode(Message(id="", name="", body=body))
    payload = event.payload
    assert isinstance(payload, OrderPayload)  # noqa: S101 - the load has no other events
    key = {"store_id": payload.store_id, "amazon_order_id": payload.amazon_order_id}
    row = yield LOCK_ORDER, key
    before = Order.model_validate_json(row[0]) if row else None
    decision = HANDLERS[type(payload)].decide(OrderContext(STORE, before), payload, ())
    consumer = CONSUMER_OF[event.name]
    published = tuple(
        follow_up(next_payload, event, consumer, number, now, OF_ANY)
        for number, next_payload in enumerate(decision.follow_ups)
    )
    inbox = {
        "consumer": consumer,
        "key": event.key,
        "follow_ups": dump_follow_ups(published),
        "now": now,
        "digest": event.digest,
    }
    if (yield MARK_HANDLED, inbox) is None:
        stored = yield EARLIER_FOLLOW_UPS, inbox
        return load_follow_ups(stored[0] if stored else None)[0].body
    if (yield SAVE_ORDER, _order_row(before, decision, now)) is None:
        raise LostRaceError
    yield WRITE_JOURNAL, {**key, **_journal_row(event, decision, now)}
    yield ADD_SALES, _sales_rows(before, decision)
    if (listings := _listing_rows(before, decision))["store_id"]:
        yield ADD_LISTINGS, listings
    return published[0].body


def _order_row(before: Order | None, decision: Decision, now: datetime) -> Mapping[str, object]:
    assert decision.order is not None  # noqa: S101 - every event of the load changes its order
    after = decision.order.model_copy(update={"version": before.version + 1 if before else 1})
    total = after.order_total
    return {
        "store_id": after.store_id,
        "amazon_order_id": after.amazon_order_id,
        "version": after.version,
        "purchase_date": after.purchase_date,
        "last_update_date": after.last_update_date,
        "status": after.status.value,
        "amazon_status": after.amazon_status.value,
        "import_state": after.import_state.value,
        "completable": after.completable,
        "asks_to_cancel": after.asks_to_cancel,
        "fulfillment_channel": after.fulfillment_channel.value,
        "total": int(total.amount.scaleb(6)) if total else None,
        "currency": total.currency if total else None,
        "note": after.note,
        "pending_since": now if outstanding(after, STORE) else None,
        "document": after.model_dump_json(exclude_none=True),
    }


def _sales_rows(before: Order | None, decision: Decision) -> Mapping[str, object]:
    assert decision.order is not None  # noqa: S101 - as above
    _, columns = sales_insert([decision.order], {before.key: before} if before else {})
    totals = [int(total.scaleb(6)) for total in columns["total"] if isinstance(total, Decimal)]
    return {**columns, "total": totals}


def _listing_rows(before: Order | None, decision: Decision) -> Mapping[str, Sequence[object]]:
    assert decision.order is not None  # noqa: S101 - as above
    _, columns = listings_insert([decision.order], {before.key: before} if before else {})
    return columns


def _journal_row(event: Event, decision: Decision, now: datetime) -> Mapping[str, object]:
    return {
        "now": now,
        "event": event.name,
        "note": decision.note,
        "event_id": event.id,
        "source": event.source,
    }
