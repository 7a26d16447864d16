"""Upstream: publishes the plan at an even rate."""

import threading
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

from faults.environment import Environment
from faults.plan import Need, Plan, Publication, publication
from faults.publisher import Publisher
from gateways.simulator.gateways import SimulatedGateways
from schemas.errors import CrossdockError
from schemas.order import OrderKey
from schemas.payloads import CancelRequested, CommerceShipped, StatusChanged

CONNECTIONS = 4
"""An upstream that publishes one event after the other falls behind, by minutes, when its broker is slow."""

PENDING_INTERVAL = 0.5
"""Seconds between two checks of the pending publications."""


class Upstream(Publisher):
    """Publishes the plan at an even rate. Publications with a precondition are pending until it holds in Commerce."""

    def __init__(self, environment: Environment, plan: Plan, seconds: float) -> None:
        """Spread the plan over this number of seconds."""
        super().__init__(environment, CONNECTIONS)
        self.reported: dict[OrderKey, StatusChanged] = {}
        self.through_plan = threading.Event()
        """Set when each publication of the plan is made or pending."""
        self.finished = threading.Event()
        self._plan = plan
        self._pause = seconds / len(plan.publications)
        self._gateways = SimulatedGateways(environment.ledger.documents)
        self._parcels: dict[OrderKey, list[Publication]] = defaultdict(list)
        for planned in plan.publications:
            if planned.need is Need.PARCEL:
                self._parcels[planned.order].append(planned)
        self._pending: dict[OrderKey, deque[Publication]] = defaultdict(deque)
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)

    def start(self) -> None:
        """Start publishing, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, with or without publishing the rest."""
        self._closed.set()
        self._thread.join(60.0)
        self.close()

    def skip_pauses(self) -> None:
        """Publish the rest as fast as possible."""
        self._pause = 0.0

    def pending_count(self) -> int:
        """Return the number of pending publications."""
        return sum(len(queue) for queue in self._pending.values())

    def _run(self) -> None:
        with ThreadPoolExecutor(CONNECTIONS, "upstream") as pool:
            self._publish_plan(pool)
        self.through_plan.set()
        while not self._closed.is_set() and (self.pending_count() or self._missing_reports()):
            self._publish_pending()
            time.sleep(PENDING_INTERVAL)
        self.finished.set()

    def _publish_plan(self, pool: ThreadPoolExecutor) -> None:
        """Have each publication of the plan published at its time, or pending."""
        due = last_checked = time.monotonic()
        for planned in self._plan.publications:
            due += self._pause
            while self._pause and not self._closed.is_set() and time.monotonic() < due:
                time.sleep(min(self._pause, 0.05))
            if time.monotonic() - last_checked > PENDING_INTERVAL:
                self._publish_pending()
                last_checked = time.monotonic()
            if planned.need is Need.NOTHING or planned.digest in self.records:
                pool.submit(self.publish_until_confirmed, planned)
            elif planned not in self._pending[planned.order]:
                self._pending[planned.order].append(planned)

    def _publish_pending(self) -> None:
        """Publish the pending events that may be published by now; later, if the database is unavailable."""
        with suppress(CrossdockError):
            for order, queue in list(self._pending.items()):
                queue_in_order = sorted(queue, key=_source_time)
                while queue_in_order and self._may_publish(order, queue_in_order[0]):
                    event = queue_in_order.pop(0)
                    queue.remove(event)
                    self.publish_until_confirmed(event)
            for due in self._gateways.amazon.events_due():
                order = due.store_id, due.amazon_order_id
                # A ledger that fails after the publication has it due again, later: an id has one report.
                report = self.reported.setdefault(order, due)
                self.publish_until_confirmed(publication(report, f"canceled/{report.amazon_order_id}"))
                self._gateways.amazon.reported([order])

    def _may_publish(self, order: OrderKey, event: Publication) -> bool:
        if event.need is Need.PARCEL and isinstance(event.payload, CommerceShipped):
            before = [other for other in self._parcels[order] if _source_time(other) < _source_time(event)]
            # In order: a parcel without quantities takes all that is left, also the items of others.
            if any(other.digest not in self.records for other in before):
                return False
            return self._gateways.commerce.ship(event.payload)
        shop_order = self._gateways.commerce.find([order]).get(order)
        return shop_order is not None and shop_order.is_open

    def _missing_reports(self) -> int:
        """Return the number of cancellations that Amazon has not reported yet."""
        asked = [
            r.publication for r in list(self.records.values()) if isinstance(r.publication.payload, CancelRequested)
        ]
        return len({cancellation.order for cancellation in asked} - set(self.reported))


def _source_time(event: Publication) -> datetime:
    """Return the time of an event at its source: parcels of one order are shipped in this order."""
    payload = event.payload
    if isinstance(payload, CommerceShipped):
        return payload.shipped_at
    return payload.last_update_date if isinstance(payload, StatusChanged) else datetime.max.replace(tzinfo=UTC)
