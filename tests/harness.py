"""The whole pipeline for a test: all consumers and the relay, which run turn by turn."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

from events.envelope import event_key
from events.open_bus import open_bus
from events.registry import CONSUMERS, NAMES
from events.topology import TOPOLOGY
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.shop_orders import ShopOrder
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from ledger.messages.delivery_audit import DeliveryKey
from operations.context import Context
from schemas.dead_letters import DeadLetter, LetterFilter
from schemas.history import HistoryEntry
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.payloads import CatalogChanged, Payload
from schemas.product import Product
from schemas.settings import Settings
from schemas.store import Store
from tests.builders import KEY, ORDER_ID, STORE_ID
from tests.servers.templates import migrated_sqlite
from workers.consumer import Consumer
from workers.jobs import Job, run_all
from workers.process.parts import Parts
from workers.relay import Relay

CONSUMER_OF = {event: consumer for consumer, event in CONSUMERS.items()}
VAULT_KEY = bytes(range(32))
SOON = 120.0
"""Seconds after which a condition is not awaited any longer, on a busy machine."""


def event_of(payload: Payload, event_id: str | None = None) -> dict[str, Any]:
    """Return an event as an upstream system writes it, with the required attributes only."""
    return {
        "specversion": "1.0",
        "id": event_id or str(uuid4()),
        "source": "/upstream",
        "type": NAMES[type(payload)],
        "data": payload.model_dump(mode="json", exclude_none=True),
    }


def message_of(body: bytes | dict[str, Any], name: str) -> Message:
    """Return a message as a plain publisher sends it: a body and a routing key."""
    return Message(id="", name=name, body=body if isinstance(body, bytes) else json.dumps(body).encode())


@contextmanager
def opened_parts(
    broker_url: str, database_url: str, clock: Callable[[], datetime] | None = None, **settings: Any
) -> Iterator[Parts]:
    """Open a migrated ledger, a broker with all queues declared, and simulated gateways."""
    ledger = _migrated_ledger(database_url, clock)
    add_stores(ledger, STORE_ID)
    bus = open_bus(broker_url, "crossdock test")
    try:
        bus.declare(TOPOLOGY)
        yield Parts(Settings(**settings), ledger, bus, SimulatedGateways(ledger.documents))
    finally:
        bus.close()
        ledger.close()


def _migrated_ledger(url: str, clock: Callable[[], datetime] | None) -> Ledger:
    """Open a ledger whose tables are there: a new SQLite file is a copy of the template, which is ten times as fast."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        migrated_sqlite(file)
    ledger = Ledger.open(url, Cipher.of([VAULT_KEY]), clock)
    if not url.startswith("sqlite:///"):
        ledger.migrate()
    return ledger


def add_stores(ledger: Ledger, *store_ids: str) -> None:
    """Add stores with the default settings and without an instant of integration."""
    with ledger.begin() as work:
        work.stores.add_missing(store_ids)


class Pipeline:
    """All consumers and the relay, which run turn by turn in the test's own thread."""

    def __init__(self, parts: Parts) -> None:
        """Subscribe all consumers."""
        self.parts = parts
        self.ledger = parts.ledger
        assert isinstance(parts.gateways, SimulatedGateways)
        self.commerce = parts.gateways.commerce
        self.amazon = parts.gateways.amazon
        self.consumers = {
            name: Consumer(parts.processor(name), parts.bus, 100, 300, parts.metrics) for name in CONSUMERS
        }
        self.relay = Relay(parts.ledger, parts.bus, metrics=parts.metrics)
        self._published: set[DeliveryKey] = set()

    @property
    def context(self) -> Context:
        """The context of operations on the pipeline's ledger."""
        return Context(self.parts.settings, self.ledger, self.parts.gateways, self.commerce.catalog)

    def add_store(self, store: Store) -> None:
        """Save a store."""
        with self.ledger.begin() as work:
            work.stores.save(store)

    def stock(self, *products: Product) -> None:
        """Save products in the catalog, and publish catalog.changed for each."""
        self.commerce.catalog.save(products)
        self.handle(*(CatalogChanged(sku=product.sku, asin=product.asin) for product in products))

    def publish(self, messages: Sequence[Message]) -> None:
        """Publish messages without handling them."""
        self.parts.bus.publish(messages).wait(SOON)

    def handle(self, *payloads: Payload) -> None:
        """Publish events in this order, and handle them with all follow-ups."""
        events = [event_of(payload) for payload in payloads]
        self._published |= {(CONSUMER_OF[event["type"]], event_key(event["source"], event["id"])) for event in events}
        self.publish([message_of(event, event["type"]) for event in events])
        self.drain()

    def run_jobs(self, *jobs: Job, after: timedelta = timedelta(0)) -> None:
        """Run scheduled jobs at a later time, and handle their messages with all follow-ups."""
        run_all(jobs, self.ledger, self.parts.settings, datetime.now(UTC) + after)
        self.drain()

    def drain(self) -> None:
        """Handle messages until queues and outbox are empty."""
        until = time.monotonic() + SOON
        while not self._is_done():
            assert time.monotonic() < until, "the pipeline still has messages"

    def _is_done(self) -> bool:
        """Run the consumers with unhandled messages, else all consumers; return whether none had any."""
        wait = 0.2 if self.parts.bus.features.other_processes else 0.0
        sent = self.relay.turn()
        with self.ledger.read() as work:
            audit = work.deliveries.audit(CONSUMERS)
            due = work.outbox.next_due()
        unhandled = {consumer for consumer, _ in (audit.published | self._published) - audit.handled}
        if busy := [consumer for consumer in CONSUMERS if consumer in unhandled]:
            later = due is not None and due > datetime.now(UTC)
            return not self._turn(busy, wait) and later
        return (
            not self._turn(CONSUMERS, wait / 4) and not sent and not any(map(self.parts.bus.message_count, CONSUMERS))
        )

    def _turn(self, names: Iterable[str], within: float) -> int:
        stop = Event()
        return sum(self.consumers[name].turn(stop, within) for name in names)

    def order(self, amazon_order_id: str = ORDER_ID) -> Order:
        """Return the recorded order."""
        with self.ledger.read() as work:
            order = work.orders.find(amazon_order_id)
        assert order is not None, f"order {amazon_order_id} is not recorded"
        return order

    def history(self, key: OrderKey = (STORE_ID, ORDER_ID)) -> list[HistoryEntry]:
        """Return an order's history."""
        with self.ledger.read() as work:
            return work.history.of_order(key)

    def letters(self, **wanted: Any) -> list[DeadLetter]:
        """Return dead letters."""
        with self.ledger.read() as work:
            return work.dead_letters.latest(LetterFilter(**wanted))

    def shop_orders(self) -> list[ShopOrder]:
        """Return the Commerce orders."""
        return [order for order in self.commerce.orders() if order.number]

    def confirmed_parcels(self) -> dict[str, dict[str, int]]:
        """Return the parcels confirmed to Amazon: quantities by item."""
        found = self.amazon.find([(KEY["store_id"], KEY["amazon_order_id"])])
        parcels = (parcel for market in found.values() for parcel in market.parcels.items())
        return {number: {item.order_item_id: item.quantity for item in parcel.items} for number, parcel in parcels}

    def close(self) -> None:
        """Close the subscriptions."""
        for consumer in self.consumers.values():
            consumer.close()


def eventually(condition: Callable[[], bool], what: str, seconds: float = SOON) -> None:
    """Wait until a condition holds; fail after so many seconds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"timed out: {what}"
        Event().wait(0.05)
