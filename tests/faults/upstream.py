"""Upstream: publishes the plan by plain pika with confirms, and writes down what it tried and what was confirmed."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from gateways.simulated import SimulatedGateways
from schemas.errors import CrossdockError
from schemas.order import OrderKey
from schemas.payloads import CancelRequested, CommerceShipped, StatusChanged
from tests.faults.history import Sent
from tests.faults.place import Place
from tests.faults.plan import Need, Plan, Publication, publication

LOOK = 0.5
"""Seconds between two looks at what had to be held back."""

FAILURES = (AMQPError, OSError, AssertionError)
"""An assertion of pika's own fails when a connection is reset while it writes (1.4.4)."""


@dataclass(slots=True)
class Record:
    """What became of one body."""

    publication: Publication
    attempted: int = 0
    confirmed: list[datetime] = field(default_factory=list)


def sent_of(records: Mapping[bytes, Record]) -> tuple[Sent, ...]:
    """Return what was tried and confirmed, as the checker wants it."""
    return tuple(
        Sent(
            digest,
            one.publication.heard,
            one.attempted,
            tuple(one.confirmed),
            one.publication.routing_key,
            poison=one.publication.payload is None,
        )
        for digest, one in list(records.items())
    )


class Publisher:
    """A connection of upstream's, made anew after any trouble."""

    def __init__(self, place: Place) -> None:
        """Connect at the first publication."""
        self._place = place
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None

    def publish(self, one: Publication, headers: dict[str, object] | None = None) -> bool:
        """Publish, and tell whether the broker confirmed; if not it may have come through all the same."""
        try:
            channel = self._channel or self._open()
            properties = pika.BasicProperties(delivery_mode=2, headers={**one.headers, **(headers or {})})
            channel.basic_publish("crossdock.events", one.routing_key, one.body, properties)
        except FAILURES:
            self.close()
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            with suppress(*FAILURES):
                connection.close()

    def _open(self) -> BlockingChannel:
        self._connection = self._place.connect()
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        return self._channel


class Upstream:
    """Says the plan at a pace. What needs something of Commerce is held back until it is so."""

    def __init__(self, place: Place, plan: Plan, seconds: float) -> None:
        """Spread the plan over so many seconds."""
        self.records: dict[bytes, Record] = {}
        self.reported: dict[OrderKey, StatusChanged] = {}
        self.said = threading.Event()
        self._plan = plan
        self._pause = seconds / len(plan.publications)
        self._outside = SimulatedGateways(place.ledger.records)
        self._publisher = Publisher(place)
        self._parcels: dict[OrderKey, list[Publication]] = defaultdict(list)
        for one in plan.publications:
            if one.need is Need.PARCEL:
                self._parcels[one.order].append(one)
        self._held: dict[OrderKey, deque[Publication]] = defaultdict(deque)
        self._stop = threading.Event()
        self._speaking = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, whether all is said or not."""
        self._stop.set()
        self._thread.join(60.0)
        self._publisher.close()

    def sent(self) -> tuple[Sent, ...]:
        """Return what was tried and confirmed."""
        return sent_of(self.records)

    def say(self, one: Publication, headers: dict[str, object] | None = None) -> None:
        """Publish until it is confirmed, as an upstream with an outbox of its own does."""
        record = self.records.setdefault(one.digest, Record(one))
        while not self._stop.is_set():
            with self._speaking:
                record.attempted += 1
                if self._publisher.publish(one, headers):
                    record.confirmed.append(datetime.now(UTC))
                    return
            time.sleep(0.2)

    def held(self) -> int:
        """Return how many publications are held back."""
        return sum(len(queue) for queue in self._held.values())

    def _run(self) -> None:
        due = looked = time.monotonic()
        for one in self._plan.publications:
            due += self._pause
            while not self._stop.is_set() and time.monotonic() < due:
                time.sleep(min(self._pause, 0.05))
            if time.monotonic() - looked > LOOK:
                self._look()
                looked = time.monotonic()
            if one.need is Need.NOTHING or one.digest in self.records:
                self.say(one)
            elif one not in self._held[one.order]:
                self._held[one.order].append(one)
        while not self._stop.is_set() and (self.held() or self._owed()):
            self._look()
            time.sleep(LOOK)
        self.said.set()

    def _look(self) -> None:
        """Say what may be said by now. A database that is away changes nothing but the time."""
        with suppress(CrossdockError):
            for order, queue in list(self._held.items()):
                queue_in_order = sorted(queue, key=_moment)
                while queue_in_order and self._may_say(order, queue_in_order[0]):
                    one = queue_in_order.pop(0)
                    queue.remove(one)
                    self.say(one)
            for report in self._outside.amazon.events_due():
                self.reported[report.store_id, report.amazon_order_id] = report
                self.say(publication(report, f"canceled/{report.amazon_order_id}"))
                self._outside.amazon.reported([(report.store_id, report.amazon_order_id)])

    def _may_say(self, order: OrderKey, one: Publication) -> bool:
        if one.need is Need.PARCEL and isinstance(one.payload, CommerceShipped):
            before = [other for other in self._parcels[order] if _moment(other) < _moment(one)]
            # Parcels leave one after the other, or one that holds "the rest" would take what belongs to the others.
            if any(other.digest not in self.records for other in before):
                return False
            return self._outside.commerce.ship(one.payload)
        found = self._outside.commerce.find([order]).get(order)
        return found is not None and found.is_open

    def _owed(self) -> int:
        """Return how many cancellations Amazon has still to report."""
        asked = [r.publication for r in self.records.values() if isinstance(r.publication.payload, CancelRequested)]
        return len({one.order for one in asked} - set(self.reported))


def _moment(one: Publication) -> datetime:
    """Return when the source said it: parcels of one order leave one after the other."""
    payload = one.payload
    if isinstance(payload, CommerceShipped):
        return payload.shipped_at
    return payload.last_update_date if isinstance(payload, StatusChanged) else datetime.max.replace(tzinfo=UTC)
