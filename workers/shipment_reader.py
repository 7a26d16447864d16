"""The shipment reader: reads the shipments that changed from Commerce, and publishes them as commerce.shipped.

A shipment without a tracking number is read again until it has one, since Commerce's lists do not show that a number
was added. Shipments that Crossdock made itself, at the completion of an order, are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import structlog

from events.bus import Bus
from events.envelope import OF_ANY, scheduled_event
from gateways.commerce.client import CommerceClient
from gateways.commerce.shipments import ShopShipment, read_shipments
from gateways.errors import CallRefusedError, UnreadableInputError
from ledger.ledger import Ledger
from ledger.orders.changed_shipments import ChangedShipment
from pipeline.delayed_retry import backoff
from pipeline.liveness import Liveness
from schemas.errors import RetryableError
from schemas.message import Message
from workers.consumer import CONFIRM_TIMEOUT
from workers.intake_letters import save_unusable_shipment
from workers.process.retry import StoppedError, retry_until_stopped
from workers.shipped_parcels import Owner, find_owners, parcel_of

log = structlog.get_logger(__name__)

BATCH = 50
"""Shipments that are read with two calls."""

LEASE = timedelta(seconds=160)
"""Longer than two calls to Commerce (60 s at most each) and a confirmation (30 s) take. The shipments that a killed
process had claimed wait as long."""

IDLE = 0.5
"""Seconds between two looks while no shipment has changed."""

MISSING_TRIES = 6
"""Times that a shipment is looked for that Commerce does not have: its transaction may have failed. Four minutes."""

UNTRACKED_FOR = timedelta(days=14)
"""The time that a shipment may lack its tracking number where its order has no date until which it must be shipped."""

LONGEST = timedelta(minutes=15)
"""Between two looks whether a shipment has its tracking number."""


@dataclass(slots=True)
class _Round:
    """The outcome of the shipments that were read together."""

    events: list[Message] = field(default_factory=list)
    done: list[ChangedShipment] = field(default_factory=list)
    waiting: list[tuple[ChangedShipment, timedelta]] = field(default_factory=list)
    unusable: list[tuple[ShopShipment, Owner, str]] = field(default_factory=list)


class ShipmentReader:
    """Reads the shipments of one shop."""

    def __init__(self, ledger: Ledger, bus: Bus, shop: CommerceClient, liveness: Liveness) -> None:
        """Read from *shop* the shipments that *ledger* has as changed, and publish on *bus*."""
        self._ledger = ledger
        self._bus = bus
        self._shop = shop
        self._liveness = liveness

    def run(self, stop: Event) -> None:
        """Read until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "read changed shipments from Commerce", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("shipment reader stopped", reason=str(error))

    def turn(self) -> bool:
        """Read and publish the shipments that are due; return whether there were any. Raises RetryableError."""
        with self._liveness.busy("shipment reader"):
            with self._ledger.begin() as work:
                claimed = work.changed_shipments.claim(BATCH, LEASE)
            if claimed:
                self._read(claimed)
            return bool(claimed)

    def _read(self, claimed: Sequence[ChangedShipment]) -> None:
        try:
            shipments = {
                shipment.shipment_id: shipment
                for shipment in read_shipments(self._shop, [changed.shipment_id for changed in claimed])
            }
            self._finish(self._judged(claimed, shipments))
        except (RetryableError, CallRefusedError) as error:
            with self._ledger.begin() as work:
                for shipment in claimed:
                    delay = backoff(shipment.attempts, RetryableError(str(error)))
                    work.changed_shipments.postpone(shipment, delay, shipment.attempts + 1)
            raise RetryableError(str(error)) from error

    def _finish(self, read: _Round) -> None:
        """Publish, and only then remove the published shipments."""
        if read.events:
            self._bus.publish(read.events).wait(CONFIRM_TIMEOUT)
        with self._ledger.begin() as work:
            for shipment, owner, reason in read.unusable:
                document = {"amazon_order_id": shipment.amazon_order_id, "created_at": shipment.created_at}
                save_unusable_shipment(work, owner.key, shipment.shipment_id, document, reason)
            for changed, delay in read.waiting:
                work.changed_shipments.postpone(changed, delay, changed.attempts + 1)
            work.changed_shipments.remove(read.done)

    def _judged(self, claimed: Sequence[ChangedShipment], shipments: Mapping[int, ShopShipment]) -> _Round:
        with self._ledger.read() as work:
            owners, now = find_owners(work, list(shipments.values())), work.now
        read = _Round()
        for changed in claimed:
            shipment = shipments.get(changed.shipment_id)
            if shipment is None:
                self._judge_missing(changed, read)
            else:
                self._judge(changed, shipment, owners[changed.shipment_id], now, read)
        return read

    def _judge_missing(self, changed: ChangedShipment, read: _Round) -> None:
        if changed.attempts + 1 < MISSING_TRIES:
            read.waiting.append((changed, backoff(changed.attempts, RetryableError(""))))
        else:
            log.warning("shipment does not exist", shipment_id=changed.shipment_id)
            read.done.append(changed)

    def _judge(
        self, changed: ChangedShipment, shipment: ShopShipment, owner: Owner, now: datetime, read: _Round
    ) -> None:
        if owner.is_foreign or shipment.is_own:
            log.debug("shipment skipped", shipment_id=shipment.shipment_id, is_own=shipment.is_own)
        elif _awaits_track(shipment, owner, now):
            read.waiting.append((changed, min(LONGEST, timedelta(seconds=15) * 2 ** min(changed.attempts, 10))))
            return
        else:
            try:
                parcel = parcel_of(shipment, owner)
                read.events.append(scheduled_event(parcel, "commerce/shipment", shipment.shipped_at, OF_ANY))
            except UnreadableInputError as error:
                read.unusable.append((shipment, owner, str(error)))
        read.done.append(changed)


def _awaits_track(shipment: ShopShipment, owner: Owner, now: datetime) -> bool:
    """Whether a shipment may still get the tracking number that its store requires."""
    if shipment.track or not owner.requires_tracking:
        return False
    return now < max(owner.ship_by or shipment.created_at + UNTRACKED_FOR, shipment.created_at + timedelta(days=1))
