"""Fuzzing: the batch processor handles or dead-letters mutated messages, and raises for none."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from events.envelope import encode
from events.registry import CONSUMERS, PAYLOADS
from faults.plan import CONSUMER_OF
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.world.world import World, make_world
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas import payloads
from schemas.message import Message
from schemas.payloads import Payload

BATCH = 100
MESSAGES_PER_LEDGER = 10_000
"""Messages by ledger: half a million dead letters in one SQLite file would take most of the time."""

NOW = datetime(2026, 5, 4, tzinfo=UTC)

VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 10**30, 1e308, "", " ", "\x00", "\ud800", "x" * 300, [], {}, [[]], {"": ""}, "NaN",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-02-30T00:00:00Z", "-0.00", "1e400", "\u202e", "999-1",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """Counts of the messages, by consumer too; dead-lettered ones are counted as letters."""

    messages: int = 0
    letters: int = 0
    deferred: int = 0
    orders: int = 0
    by_consumer: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Format it as one line."""
        return f"{self.messages:,} mutated messages: {self.letters:,} dead letters, {self.orders:,} orders, none raised"


def fuzz(messages: int, seed: int) -> Outcome:
    """Process this number of messages, on SQLite. Raises the processor's exceptions."""
    random, outcome = Random(seed), Outcome()
    while outcome.messages < messages:
        _fuzz_one_ledger(random, seed, min(messages, outcome.messages + MESSAGES_PER_LEDGER), outcome)
    return outcome


def _fuzz_one_ledger(random: Random, seed: int, until: int, outcome: Outcome) -> None:
    with TemporaryDirectory(prefix="crossdock-fuzz-") as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'fuzz.db'}", Cipher.of([random.randbytes(32)]))
        try:
            ledger.migrate()
            with ledger.begin() as work:
                work.stores.add_missing({order.key[0] for order in _world(seed).orders})
            processors = [
                BatchProcessor(name, ledger, SimulatedGateways(ledger.documents), Deadlines()) for name in CONSUMERS
            ]
            seeds = _seeds(seed)
            while outcome.messages < until:
                _batch(random, processors, seeds, outcome)
            with ledger.read() as work:
                outcome.orders += sum(work.orders.counts()["status"].values())
            outcome.letters += _letters(ledger)
        finally:
            ledger.close()


def _batch(random: Random, processors: list[BatchProcessor], seeds: list[tuple[str, bytes]], outcome: Outcome) -> None:
    processor = random.choice(processors)
    bodies_of_consumer = [body for name, body in seeds if CONSUMER_OF[name] == processor.consumer]
    bodies = [mutated(random, random.choice(bodies_of_consumer)) for _ in range(BATCH)]
    headers = {"epoch": random.choice([0, 0, 1, 7])}
    result = processor.take([Message("", CONSUMERS[processor.consumer], body, headers=headers) for body in bodies])
    outcome.messages += len(bodies)
    outcome.deferred += result.deferred
    outcome.by_consumer[processor.consumer] += len(bodies)


def _letters(ledger: Ledger) -> int:
    with ledger.read() as work:
        return len(work.dead_letters.latest(limit=10_000_000))


def _world(seed: int) -> World:
    return make_world(seed, 40, NOW)


def _seeds(seed: int) -> list[tuple[str, bytes]]:
    """Return valid events of every kind that has a consumer."""
    orders = _world(seed).orders
    script = [event.payload for order in orders for event in order.events]
    store_id, amazon_order_id = orders[0].key
    key = {"store_id": store_id, "amazon_order_id": amazon_order_id}
    others: list[Payload] = [
        payloads.ImportRequested(**key),
        payloads.ShipmentConfirmationRequested(**key, shipment_id="SHIP-1-1"),
        payloads.CompletionRequested(**key),
        payloads.CatalogChanged(sku="DEMO-MUG"),
        payloads.CancelRequested(**key, reason="NoInventory"),
        payloads.CommerceCancelRequested(**key),
        payloads.ReservationRequested(**key),
    ]
    encoded = [encode(payload, f"seed-{number}", NOW) for number, payload in enumerate([*script, *others])]
    assert {message.name for message in encoded} == set(CONSUMER_OF) <= set(PAYLOADS)
    return [(message.name, message.body) for message in encoded]


def mutated(random: Random, body: bytes) -> bytes:
    """Return a mutated body: its bytes or up to three fields are changed; one in ten stays valid."""
    kind = random.random()
    if kind < 0.1:
        return body
    if kind < 0.3:
        return _mutated_bytes(random, body)
    document = json.loads(body)
    document["id"] = f"fuzz-{random.getrandbits(40)}"
    for _ in range(random.randint(1, 3)):
        _mutate_value(random, document)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _mutated_bytes(random: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(random.randint(1, 5)):
        position = random.randrange(len(changed) + 1)
        match random.randrange(4):
            case 0:
                changed[position : position + 1] = random.randbytes(1)
            case 1:
                del changed[position : position + random.randint(1, 20)]
            case 2:
                changed[position:position] = random.randbytes(random.randint(1, 8))
            case _:
                del changed[position:]
    return bytes(changed)


def _mutate_value(random: Random, document: Any) -> None:
    """Change one value of a document, at any depth."""
    container = document
    while isinstance(container, dict | list) and container:
        position = random.choice(list(container) if isinstance(container, dict) else range(len(container)))
        inner = container[position]
        if isinstance(inner, dict | list) and inner and random.random() < 0.8:
            container = inner
            continue
        match random.randrange(4):
            case 0:
                del container[position]
            case 1 if isinstance(container, list):
                container.append(inner)
            case 1 if isinstance(container, dict):
                container[f"{position}?"] = inner
            case _:
                container[position] = random.choice(VALUES)
        return
