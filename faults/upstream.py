"""Upstream: says the plan, at a pace."""

import threading
import time
from collections import defaultdict, deque
from contextlib import suppress
from datetime import UTC, datetime

from faults.environment import Place
from faults.plan import Need, Plan, Publication, publication
from faults.publisher import Voice
from gateways.simulator.gateways import SimulatedGateways
from schemas.errors import CrossdockError
from schemas.order import OrderKey
from schemas.payloads import CancelRequested, CommerceShipped, StatusChanged

LOOK = 0.5
"""Seconds between two looks at what had to be held back."""


class Upstream(Voice):
    """Says the plan at a pace. What needs something of Commerce is held back until it is so."""

    def __init__(self, place: Place, plan: Plan, seconds: float) -> None:
        """Spread the plan over so many seconds."""
        super().__init__(place)
        self.reported: dict[OrderKey, StatusChanged] = {}
        self.said = threading.Event()
        self._plan = plan
        self._pause = seconds / len(plan.publications)
        self._outside = SimulatedGateways(place.ledger.documents)
        self._parcels: dict[OrderKey, list[Publication]] = defaultdict(list)
        for one in plan.publications:
            if one.need is Need.PARCEL:
                self._parcels[one.order].append(one)
        self._held: dict[OrderKey, deque[Publication]] = defaultdict(deque)
        self._thread = threading.Thread(target=self._run, name="upstream", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, whether all is said or not."""
        self._silent.set()
        self._thread.join(60.0)
        self.silence()

    def hurry(self) -> None:
        """Say the rest without a pause."""
        self._pause = 0.0

    def held(self) -> int:
        """Return how many publications are held back."""
        return sum(len(queue) for queue in self._held.values())

    def _run(self) -> None:
        due = looked = time.monotonic()
        for one in self._plan.publications:
            due += self._pause
            while self._pause and not self._silent.is_set() and time.monotonic() < due:
                time.sleep(min(self._pause, 0.05))
            if time.monotonic() - looked > LOOK:
                self._look()
                looked = time.monotonic()
            if one.need is Need.NOTHING or one.digest in self.records:
                self.say(one)
            elif one not in self._held[one.order]:
                self._held[one.order].append(one)
        while not self._silent.is_set() and (self.held() or self._owed()):
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
