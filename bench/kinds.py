"""Kinds of events: the cost of one with personal data, one of a blocked order, and an early one beside a plain one.

The batch processor alone, in this process, without a broker; the processor time of its thread.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.environment import Environment
from bench.load import upstream_event
from events.envelope import encode
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger, utc_now
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.message import Message
from schemas.payloads import ImportRequested
from schemas.store import Store

BATCH = 100
_GROUP = 10**7
"""More orders than are measured of one kind."""
IMPORTING = Store(store_id="bench-importing", name="Bench importing")

_BUYER = {"name": "A Buyer", "email": "buyer@example.com"}
_ADDRESS = {
    "name": "A Buyer",
    "line1": "1 Example Street",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country_code": "US",
    "phone": "+1 555 0100",
}


@dataclass(frozen=True, slots=True)
class KindCost:
    """Microseconds of processor time of one event of a kind, beside a plain event of the same name."""

    kind: str
    microseconds: float
    plain: float


def measure_kinds(environment: Environment, orders: int) -> list[KindCost]:
    """Handle so many events of each kind."""
    with _open(environment) as take:
        for step, consumer in enumerate(("order-placed", "status-changed")):  # the first events build the models
            take(consumer, _events(4, BATCH, step))
        placed = take("order-placed", _events(0, orders, 0))
        personal = take("order-placed", _events(1, orders, 0, buyer=_BUYER, shipping_address=_ADDRESS))
        changed = take("status-changed", _events(0, orders, 1))
        early = take("status-changed", _events(2, orders, 1, purchase_date=None, items=None))
        take("order-placed", _events(3, orders, 0, store_id=IMPORTING.store_id, status="Unshipped"))
        take("importer", [_import_request(3, number) for number in range(orders)])
        blocked = take("status-changed", _events(3, orders, 1, store_id=IMPORTING.store_id))
    return [
        KindCost("order.placed with a buyer and an address", personal, placed),
        KindCost("order.status_changed of a blocked order", blocked, changed),
        KindCost("order.status_changed before its order is recorded", early, changed),
    ]


@contextmanager
def _open(environment: Environment) -> Iterator[Callable[[str, Sequence[Message]], float]]:
    """Give a function that has a consumer handle messages, and returns the microseconds of one."""
    cipher = Cipher.of([read_or_make_key(environment.servers.folder / "vault.key")])
    ledger = Ledger.open(environment.database_url, cipher)
    gateways = SimulatedGateways(ledger.documents)
    try:
        with ledger.begin() as work:
            work.stores.save(IMPORTING)

        def take(consumer: str, messages: Sequence[Message]) -> float:
            processor = BatchProcessor(consumer, ledger, gateways, Deadlines())
            started = time.thread_time()
            for start in range(0, len(messages), BATCH):
                processor.take(messages[start : start + BATCH])
            return (time.thread_time() - started) * 1e6 / len(messages)

        yield take
    finally:
        ledger.close()


def _events(group: int, orders: int, step: int, **facts: Any) -> list[Message]:
    """Return one event for each order of a group; a fact that is None is left out."""
    return [_event(group * _GROUP + number, step, facts) for number in range(orders)]


def _event(number: int, step: int, facts: dict[str, Any]) -> Message:
    event = upstream_event(number, step)
    if not facts:
        return Message(event.id, event.name, event.body)
    document = json.loads(event.body)
    data = document["data"] | facts
    document["data"] = {name: value for name, value in data.items() if value is not None}
    return Message(event.id, event.name, json.dumps(document).encode())


def _import_request(group: int, number: int) -> Message:
    order_id = upstream_event(group * _GROUP + number, 0).order_id
    payload = ImportRequested(store_id=IMPORTING.store_id, amazon_order_id=order_id)
    return encode(payload, f"import-{order_id}", utc_now())
