"""Fuzzing: messages that were valid once, mutated, through the step: each is handled or set aside, and none raises."""

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
from faults.plan import TAKERS
from gateways.simulator.gateways import SimulatedGateways
from gateways.simulator.world.world import make_world
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas import payloads
from schemas.message import Message
from schemas.payloads import Payload

BATCH = 100
ON_ONE_LEDGER = 10_000
"""Messages until a new ledger is begun: half a million dead letters in SQLite would take most of the time."""

STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 10**30, 1e308, "", " ", "\x00", "\ud800", "x" * 300, [], {}, [[]], {"": ""}, "NaN",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-02-30T00:00:00Z", "-0.00", "1e400", "\u202e", "999-1",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What became of the messages, by consumer; those that were set aside are counted as letters."""

    messages: int = 0
    letters: int = 0
    put_off: int = 0
    orders: int = 0
    by_consumer: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Write it in a line."""
        return f"{self.messages:,} mutated messages: {self.letters:,} dead letters, {self.orders:,} orders, none raised"


def fuzz(messages: int, seed: int) -> Outcome:
    """Send so many through the step, on SQLite. Raises what the step raises, with the batch's seed in a note."""
    random, outcome = Random(seed), Outcome()
    while outcome.messages < messages:
        _fuzz_one_ledger(random, seed, min(messages, outcome.messages + ON_ONE_LEDGER), outcome)
    return outcome


def _fuzz_one_ledger(random: Random, seed: int, until: int, outcome: Outcome) -> None:
    with TemporaryDirectory(prefix="crossdock-fuzz-") as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'fuzz.db'}", Cipher.of([random.randbytes(32)]))
        try:
            ledger.migrate()
            steps = [
                BatchProcessor(name, ledger, SimulatedGateways(ledger.documents), Deadlines()) for name in CONSUMERS
            ]
            seeds = _seeds(seed)
            while outcome.messages < until:
                _batch(random, steps, seeds, outcome)
            with ledger.read() as work:
                outcome.orders += sum(work.orders.counts()["status"].values())
            outcome.letters += _letters(ledger)
        finally:
            ledger.close()


def _batch(random: Random, steps: list[BatchProcessor], seeds: list[tuple[str, bytes]], outcome: Outcome) -> None:
    step = random.choice(steps)
    fitting = [body for name, body in seeds if TAKERS[name] == step.consumer]
    bodies = [mutated(random, random.choice(fitting)) for _ in range(BATCH)]
    headers = {"epoch": random.choice([0, 0, 1, 7])}
    done = step.take([Message("", CONSUMERS[step.consumer], body, headers=headers) for body in bodies])
    outcome.messages += len(bodies)
    outcome.put_off += done.deferred
    outcome.by_consumer[step.consumer] += len(bodies)


def _letters(ledger: Ledger) -> int:
    with ledger.read() as work:
        return len(work.dead_letters.latest(limit=10_000_000))


def _seeds(seed: int) -> list[tuple[str, bytes]]:
    """Return valid events of every kind that a consumer takes."""
    now = datetime(2026, 5, 4, tzinfo=UTC)
    orders = make_world(seed, 40, now).orders
    script = [act.payload for order in orders for act in order.acts]
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
    sealed = [encode(payload, f"seed-{number}", now) for number, payload in enumerate([*script, *others])]
    assert {message.name for message in sealed} == set(TAKERS) <= set(PAYLOADS)
    return [(message.name, message.body) for message in sealed]


def mutated(random: Random, body: bytes) -> bytes:
    """Return a body that was changed: its bytes, or a place or two of what it says; one in ten stays as it is."""
    kind = random.random()
    if kind < 0.1:
        return body
    if kind < 0.3:
        return _bent(random, body)
    document = json.loads(body)
    document["id"] = f"fuzz-{random.getrandbits(40)}"
    for _ in range(random.randint(1, 3)):
        _bend(random, document)
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _bent(random: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(random.randint(1, 5)):
        place = random.randrange(len(changed) + 1)
        match random.randrange(4):
            case 0:
                changed[place : place + 1] = random.randbytes(1)
            case 1:
                del changed[place : place + random.randint(1, 20)]
            case 2:
                changed[place:place] = random.randbytes(random.randint(1, 8))
            case _:
                del changed[place:]
    return bytes(changed)


def _bend(random: Random, document: Any) -> None:
    """Change one place of a document, deep within it or near its top."""
    there = document
    while isinstance(there, dict | list) and there:
        place = random.choice(list(there) if isinstance(there, dict) else range(len(there)))
        inner = there[place]
        if isinstance(inner, dict | list) and inner and random.random() < 0.8:
            there = inner
            continue
        match random.randrange(4):
            case 0:
                del there[place]
            case 1 if isinstance(there, list):
                there.append(inner)
            case 1 if isinstance(there, dict):
                there[f"{place}?"] = inner
            case _:
                there[place] = random.choice(STRANGE)
        return
