"""Reconciliation: reads Amazon, the ledger and Commerce, has their differences found, and requests the repairs.

Amazon's side is one search, within the rate that all processes share; Commerce's are a few calls for fifty orders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

import structlog

from events.envelope import scheduled_event
from gateways.amazon.sp_api.client import AmazonClient, OrderSearch
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.lookup import commerce_order, contents_of, orders_of
from gateways.commerce.stock_drift import stock_drifts
from gateways.errors import CallRefusedError
from ledger.ledger import Ledger
from ledger.pages import pages
from operations.reconciliation import (
    Findings,
    ShopFacts,
    compare_parcels,
    compare_with_amazon,
    compare_with_commerce,
)
from schemas.errors import RetryableError
from schemas.order import Order
from schemas.reconciliation import Difference, DifferenceKind, Reconciliation
from schemas.settings import Settings
from workers.order_sweeper import SETTLED, found_orders
from workers.process.amazon import seller_of
from workers.process.bootstrap import ExternalSystems

log = structlog.get_logger(__name__)

LOOK = Purpose("compare orders")
PAGE = 500
MOST_PAGES = 18
"""Of Amazon's search in one reconciliation: two calls of the burst stay for the sweep."""


@dataclass(slots=True)
class _Reading:
    """What was read, and what was not."""

    findings: Findings = field(default_factory=Findings)
    notes: list[str] = field(default_factory=list)
    is_complete: bool = True
    skus: set[str] = field(default_factory=set)

    def cut(self, note: str) -> None:
        self.notes.append(note)
        self.is_complete = False


def reconcile(ledger: Ledger, settings: Settings, systems: ExternalSystems, span: timedelta) -> Reconciliation:
    """Compare all orders that changed within the last *span*, request the repairs, and keep the outcome.

    A side that is not connected, or cannot be read to the end, is a note of it. Raises RetryableError for the ledger.
    """
    now = ledger.now()
    since, until = now - span, now - SETTLED
    reading = _Reading()
    _read_amazon(ledger, settings, systems.amazon, (since, until), reading)
    orders = _compare_recorded(ledger, systems.commerce, (since, now), reading)
    if systems.commerce is not None and settings.commerce_stock != "none":
        _compare_stock(systems.commerce, settings.commerce_website, reading)
    outcome = Reconciliation(
        at=now,
        since=since,
        until=until,
        orders=orders + len([one for one in reading.findings.differences if one.kind is DifferenceKind.ORDER_MISSING]),
        differences=tuple(reading.findings.differences),
        notes=tuple(reading.notes),
        complete=reading.is_complete,
    )
    _repair(ledger, systems.commerce, reading.findings, outcome)
    log.info("reconciled", orders=outcome.orders, differences=len(outcome.differences), unexplained=outcome.unexplained)
    return outcome


def _read_amazon(
    ledger: Ledger,
    settings: Settings,
    amazon: AmazonClient | None,
    span: tuple[datetime, datetime],
    reading: _Reading,
) -> None:
    if amazon is None:
        reading.notes.append("Amazon is simulated, and not compared.")
        return
    with ledger.read() as work:
        stores = work.stores.all()
    search = OrderSearch(*span, sorted({store.marketplace_id for store in stores if store.marketplace_id}))
    for _ in range(MOST_PAGES):
        try:
            page = amazon.search(search)
        except (RetryableError, CallRefusedError) as error:
            reading.cut(f"Amazon was not read to the end: {error}")
            return
        found = found_orders(page.orders, stores, seller_of(settings))
        with ledger.read() as work:
            recorded = work.orders.load(found, lock=False)
        for key, (changed_at, ship_by) in found.items():
            compare_with_amazon(reading.findings, key, recorded.get(key), changed_at, ship_by)
        if page.next_token is None:
            return
        search = search._replace(token=page.next_token)
    reading.cut(f"More than {MOST_PAGES * 100:,} orders changed at Amazon; compare a shorter span.")


def _compare_recorded(
    ledger: Ledger, shop: CommerceClient | None, span: tuple[datetime, datetime], reading: _Reading
) -> int:
    """Compare the ledger's orders of the span with Commerce; return their number."""
    if shop is None:
        reading.notes.append("Commerce is simulated, and not compared.")
    count = 0
    for page in pages(PAGE):
        with ledger.read() as work:
            orders = page.read(work.orders.changed_between(*span, page.after, PAGE), attrgetter("key"))
            now = work.now
        found = _shop_facts(shop, orders, reading) if shop else None
        for order in orders:
            compare_parcels(reading.findings, order, now)
            if found is not None:
                compare_with_commerce(reading.findings, order, found.get(order.amazon_order_id))
        count += len(orders)
    return count


def _shop_facts(shop: CommerceClient, orders: Sequence[Order], reading: _Reading) -> Mapping[str, ShopFacts] | None:
    try:
        found = orders_of(shop, [order.key for order in orders], LOOK)
    except (RetryableError, CallRefusedError) as error:
        if reading.is_complete:
            reading.cut(f"Commerce was not read to the end: {error}")
        return None
    facts = {}
    for key, entity in found.items():
        contents = contents_of(entity)
        shipped = {
            str(i.get("ext_order_item_id") or ""): int(float(i.get("qty_shipped") or 0)) for i in entity["items"]
        }
        lines = {item_id: quantity for item_id, quantity in shipped.items() if item_id and "," not in item_id}
        total = contents.total if contents else None
        facts[key[1]] = ShopFacts(int(entity["entity_id"]), commerce_order(entity), total, lines)
        reading.skus |= {str(item["sku"]) for item in entity["items"] if item.get("sku")}
    return facts


def _compare_stock(shop: CommerceClient, website: str, reading: _Reading) -> None:
    try:
        for drift in stock_drifts(shop, website, reading.skus):
            difference = Difference(kind=DifferenceKind.RESERVATION_DRIFT, details=str(drift))
            reading.findings.differences.append(difference)
    except (RetryableError, CallRefusedError) as error:
        reading.cut(f"Commerce's stock was not compared: {error}")


def _repair(ledger: Ledger, shop: CommerceClient | None, findings: Findings, outcome: Reconciliation) -> None:
    """Request the repairs, once for each version of an order, and keep the outcome."""
    try:
        shipment_ids = shop.shipment_ids_of(findings.shop_orders, LOOK) if shop and findings.shop_orders else []
    except (RetryableError, CallRefusedError) as error:
        log.warning("shipments not read", reason=str(error))  # the next reconciliation finds them again
        shipment_ids = []
    messages = [
        scheduled_event(payload, f"reconciliation/{key}/{version}", outcome.at)
        for key, version, payload in findings.requests
    ]
    with ledger.begin() as work:
        work.changed_orders.put(findings.changed_orders)
        work.changed_shipments.put(shipment_ids, timedelta(0))
        work.outbox.put(messages)
        work.reconciliations.save(outcome)
