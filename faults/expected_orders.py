"""The expected orders: the final states that a trial's orders must have, by the model."""

from collections.abc import Mapping

from faults.heartbeat_events import HeartbeatEvents
from faults.model import Model, comparable
from faults.plan import Need, Plan
from faults.upstream import Upstream
from schemas.payloads import CancelRequested


def expected_orders(plan: Plan, upstream: Upstream) -> dict[tuple[str, str], Mapping[str, object]]:
    """Return the orders' expected final states, with the cancellations that happened during the trial."""
    model, heartbeats = Model(plan.world), HeartbeatEvents(plan.world)
    cancellations = {
        record.publication.order: record.publication.payload
        for record in upstream.records.values()
        if isinstance(record.publication.payload, CancelRequested)
    }
    expected: dict[tuple[str, str], Mapping[str, object]] = {}
    for order in plan.world.orders:
        events = plan.events_of(order)
        if cancellation := cancellations.get(order.key):
            events.append((cancellation, Need.OPEN_ORDER))
        if order.key == heartbeats.key:
            events += [(payload, Need.NOTHING) for payload in heartbeats.payloads.values()]
        if report := upstream.reported.get(order.key):
            events.append((report, Need.NOTHING))
        final, _ = model.final_order(order.key[0], events)
        expected[order.key] = comparable(final, model.store(order.key[0]))
    return expected
