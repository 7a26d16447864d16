"""The marketplace's own books: the effects on each order, and the calls; compared with those of a client."""

from typing import Any

from gateways.simulator.sp_api.feeds import FeedDesk
from gateways.simulator.sp_api.marketplace import Marketplace, SellerOrder
from gateways.simulator.sp_api.rates import Rates
from gateways.simulator.sqs import SimulatedQueue

Json = dict[str, Any]


def books_of(
    marketplace: Marketplace, feeds: FeedDesk, rates: Rates, queue: SimulatedQueue, violations: list[str]
) -> Json:
    """Return the books as JSON. `over` are quantities confirmed beyond those ordered, which Amazon never takes."""
    return {
        "orders": {order.order_id: _order(order) for order in marketplace.orders.values()},
        "feeds": [{"feedId": feed.feed_id, "status": feed.status} for feed in feeds.feeds.values()],
        "calls": dict(rates.calls),
        "refused": dict(rates.refused),
        "notifications": {
            "sent": queue.sent,
            "lost": queue.lost,
            "doubled": queue.doubled,
            "waiting": len(queue.messages),
        },
        "violations": violations,
    }


def _order(order: SellerOrder) -> Json:
    return {
        "status": order.facts.status.value,
        "ordered": order.ordered,
        "confirmed": dict(order.confirmed),
        "canceled": order.cancel_reasons,
        "packages": [
            {
                "packageReferenceId": package.reference_id,
                "trackingNumber": package.detail["trackingNumber"],
                "items": dict(package.quantities),
                "confirmations": package.confirmations,
            }
            for package in order.packages.values()
        ],
    }
