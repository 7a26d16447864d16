"""Reconciliation: reads Amazon, the ledger and Commerce, has their differences found, and requests the repairs.

Amazon's side is one search for each seller, within the rate that all processes share; Commerce's are a few calls for
fifty orders. The repairs of each page are requested, and its differences recorded, before the next page is read: so a
reconciliation of any number of orders goes on after a restart, or once Amazon grants further searches, and costs the
memory of a page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from typing import Any

import structlog

from events.envelope import scheduled_event
from gateways.amazon.orders_api.files import read_order
from gateways.amazon.results import ParsedReport
from gateways.amazon.sp_api.client import AmazonClient, OrderSearch, SearchPage
from gateways.commerce.attempts import Attempts
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.lookup import commerce_order, contents_of
from gateways.commerce.shop_orders import ShopOrder, ShopOrders
from gateways.commerce.stock_drift import stock_drifts
from gateways.errors import CallRefusedError, RateUsedUpError
from ledger.ledger import Ledger
from ledger.pages import Page
from operations.reconciliation import (
    Findings,
    ShopFacts,
    compare_amazon_total,
    compare_packages,
    compare_parcels,
    compare_with_amazon,
    compare_with_commerce,
)
from schemas.amazon_sellers import AmazonSeller
from schemas.errors import RetryableError
from schemas.order import Order, OrderKey
from schemas.reconciliation import Difference, DifferenceKind, Reconciliation, ReconciliationRun, Step
from schemas.settings import Settings
from schemas.store import Store
from workers.order_sweeper import SEARCH_LAG, found_orders
from workers.process.bootstrap import ExternalSystems

log = structlog.get_logger(__name__)

LOOK = Purpose("compare orders")
PAGE = 500
MAX_SKUS = 10_000
"""Products whose stock is compared in one reconciliation."""

VALID = timedelta(hours=24)
"""Amazon's page tokens are valid for so long; a reconciliation that has not ended by then is given up for a new one."""

SEARCHED_FOR = timedelta(hours=20)
"""The time after which the rest of Amazon's side is left out: where there are more orders, no reconciliation ends."""

SPARE_TOKENS = 1
"""Searches of the burst that are left for the sweep."""

COMPARED = ("FULFILLMENT", "PACKAGES", "PROCEEDS")
"""Data sets of Amazon's orders that are compared, where the roles allow them: status, parcels, total."""


@dataclass(slots=True)
class _Reading:
    """The results of a page of the run, and the run after it."""

    run: ReconciliationRun
    findings: Findings = field(default_factory=Findings)
    orders: int = 0
    notes: list[str] = field(default_factory=list)
    is_cut: bool = False

    def cut(self, note: str) -> None:
        """Note that the side could not be read to the end."""
        self.notes.append(note)
        self.is_cut = True

    def move(self, **changes: Any) -> None:
        """Change the position of the run: the side and the page to read next."""
        self.run = self.run.with_fields(**changes)

    def read(self) -> ReconciliationRun:
        """Return the run with the findings."""
        outcome = self.run.outcome.with_page(self.orders, tuple(self.findings.differences), tuple(self.notes))
        if self.is_cut:
            outcome = outcome.with_fields(complete=False)
        return self.run.with_fields(outcome=outcome)


def reconciliation(
    ledger: Ledger, settings: Settings, systems: ExternalSystems, span: timedelta
) -> Iterator[Reconciliation]:
    """Compare all orders that changed within the last *span*; yield the outcome after each page.

    It goes on with the one in progress of the same span. It ends early, with `in_progress` left in the ledger, when
    Amazon's rate is used up: raises RateUsedUpError then, and RetryableError for the ledger.
    """
    run = begin(ledger, span)
    reader = _Reader(ledger, settings, systems)
    while run.step is not Step.DONE:
        run = reader.go_on(run)
        yield run.outcome


def begin(ledger: Ledger, span: timedelta) -> ReconciliationRun:
    """Return the reconciliation of *span* in progress, or begin one."""
    with ledger.begin() as work:
        run = work.reconciliations.in_progress()
        if run and run.outcome.at > work.now - VALID and run.outcome.at - run.outcome.since == span:
            return run
        since, until = work.now - span, work.now - SEARCH_LAG
        outcome = Reconciliation(
            at=work.now, since=since, until=until, orders=0, differences=(), notes=(), complete=True
        )
        run = ReconciliationRun(outcome=outcome)
        work.reconciliations.go_on(None, run)
        return run


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the pages of a run."""

    ledger: Ledger
    settings: Settings
    systems: ExternalSystems

    def go_on(self, run: ReconciliationRun) -> ReconciliationRun:
        """Read one page, request its repairs, and record how far the run is."""
        reading = _Reading(run)
        steps = {Step.AMAZON: self._read_amazon, Step.RECORDED: self._read_recorded, Step.STOCK: self._read_stock}
        steps[run.step](reading)
        after = reading.read()
        self._record(run, after, reading.findings)
        if after.step is Step.DONE:
            outcome = after.outcome
            log.info("reconciled", orders=outcome.orders, repaired=outcome.repaired, unexplained=outcome.unexplained)
        return after

    def _read_amazon(self, reading: _Reading) -> None:
        """Read a page of one seller's orders: of the first to whom Amazon grants a search. Raises RateUsedUpError."""
        if not self.systems.accounts:
            reading.notes.append("Amazon is simulated, and not compared.")
            return reading.move(step=Step.RECORDED)
        if self.ledger.now() - reading.run.outcome.at > SEARCHED_FOR:
            reading.cut("Amazon was not read to the end: it has more changed orders than searches of 20 hours list.")
            return reading.move(step=Step.RECORDED)
        used_up: list[RateUsedUpError] = []
        left = [seller for seller in self.settings.sellers if seller.name not in reading.run.searched]
        for seller in left:
            try:
                self._read_seller(seller, reading)
                break
            except RateUsedUpError as error:
                used_up.append(error)
        if left and len(used_up) == len(left):
            raise used_up[0]
        if all(seller.name in reading.run.searched for seller in left):
            reading.move(step=Step.RECORDED)
        return None

    def _read_seller(self, seller: AmazonSeller, reading: _Reading) -> None:
        account = self.systems.accounts[seller.name]
        included = [name for name in account.included if name in COMPARED]
        with self.ledger.read() as work:
            stores = [store for store in work.stores.all() if seller.has(store)]
        token = None
        try:
            page = self._search(account.client, stores, reading.run, seller.name, included)
            self._compare_listed(page, stores, reading, has_packages="PACKAGES" in included)
            token = page.next_token
        except RateUsedUpError:
            raise
        except (RetryableError, CallRefusedError) as error:
            reading.cut(f"Amazon was not read to the end: {error}")
        tokens = {name: page_token for name, page_token in reading.run.page_tokens.items() if name != seller.name}
        if token:
            reading.move(page_tokens=tokens | {seller.name: token})
        else:
            reading.move(page_tokens=tokens, searched=reading.run.searched | {seller.name})

    def _search(
        self, amazon: AmazonClient, stores: Sequence[Store], run: ReconciliationRun, name: str, included: Sequence[str]
    ) -> SearchPage:
        if not stores:
            return SearchPage((), None)
        marketplaces = sorted({store.marketplace_id for store in stores if store.marketplace_id})
        span, token = (run.outcome.since, run.outcome.until), run.page_tokens.get(name)
        return amazon.search(OrderSearch(*span, marketplaces, token, included=included, spare=SPARE_TOKENS))

    def _compare_listed(
        self, page: SearchPage, stores: Sequence[Store], reading: _Reading, *, has_packages: bool
    ) -> None:
        orders = found_orders(page.orders, stores)
        with self.ledger.read() as work:
            recorded, now = work.orders.load(orders, lock=False), work.now
        by_id = {str(document.get("orderId")): document for document in page.orders}
        for key, (changed_at, ship_by) in orders.items():
            order, listed = recorded.get(key), by_id[key[1]]
            reading.orders += order is None
            compare_with_amazon(reading.findings, key, order, changed_at, ship_by)
            if order is None or order.last_update_date < changed_at:
                continue
            if has_packages:
                compare_packages(reading.findings, order, listed, now)
            compare_amazon_total(reading.findings, order, _total_of(listed, key[0]))

    def _read_recorded(self, reading: _Reading) -> None:
        shop, run = self.systems.commerce, reading.run
        if shop is None and run.after is None:
            reading.notes.append("Commerce is simulated, and not compared.")
        page = Page(PAGE, run.after)
        with self.ledger.read() as work:
            changed_orders = work.orders.changed_between(run.outcome.since, run.outcome.at, page.after, PAGE)
            orders, now = page.read(changed_orders, attrgetter("key")), work.now
        facts = self._shop_facts(shop, orders, reading) if shop else None
        for order in orders:
            compare_parcels(reading.findings, order, now)
            if facts is not None:
                compare_with_commerce(reading.findings, order, facts.get(order.amazon_order_id))
        reading.orders += len(orders)
        reading.move(after=page.after, step=Step.STOCK if page.is_last else Step.RECORDED)

    def _shop_facts(
        self, shop: CommerceClient, orders: Sequence[Order], reading: _Reading
    ) -> Mapping[str, ShopFacts] | None:
        attempts = Attempts(self.ledger.documents, lambda: self.ledger.now().timestamp())
        try:
            shop_orders = ShopOrders(shop, attempts).find([order.key for order in orders], LOOK)
        except (RetryableError, CallRefusedError) as error:
            if reading.run.outcome.complete:
                reading.cut(f"Commerce was not read to the end: {error}")
            return None
        return _facts_of(shop_orders, reading)

    def _read_stock(self, reading: _Reading) -> None:
        shop, skus = self.systems.commerce, reading.run.skus
        reading.move(step=Step.DONE)
        if shop is None or self.settings.commerce_stock == "none":
            return
        try:
            for drift in stock_drifts(shop, self.settings.commerce_website, skus):
                difference = Difference(kind=DifferenceKind.RESERVATION_DRIFT, details=str(drift))
                reading.findings.differences.append(difference)
        except (RetryableError, CallRefusedError) as error:
            reading.cut(f"Commerce's stock was not compared: {error}")

    def _record(self, before: ReconciliationRun, after: ReconciliationRun, findings: Findings) -> None:
        """Request the repairs, once a day for each version of an order, and record how far the run is."""
        at, shop = after.outcome.at, self.systems.commerce
        shipment_ids = _shipments(shop, findings) if shop else []
        with self.ledger.begin() as work:
            present = work.incarnations.present
            messages = [
                scheduled_event(payload, f"reconciliation/{key}/{version}/{at:%Y-%m-%d}", at, present)
                for key, version, payload in findings.requests
            ]
            work.changed_orders.put(findings.changed_orders)
            work.changed_shipments.put(shipment_ids, timedelta(0))
            work.outbox.put(messages)
            work.reconciliations.go_on(before, after)


def _total_of(listed: Mapping[str, Any], store_id: str) -> Any:
    report = read_order(listed, store_id)
    return report.payload.order_total if isinstance(report, ParsedReport) else None


def _shipments(shop: CommerceClient, findings: Findings) -> Sequence[int]:
    try:
        return shop.shipment_ids_of(findings.shop_orders, LOOK) if findings.shop_orders else []
    except (RetryableError, CallRefusedError) as error:
        log.warning("shipments not read", reason=str(error))  # the next reconciliation finds them again
        return []


def _facts_of(shop_orders: Mapping[OrderKey, ShopOrder], reading: _Reading) -> Mapping[str, ShopFacts]:
    facts, skus = {}, set(reading.run.skus)
    for key, (entity, attempt, _) in shop_orders.items():
        contents = contents_of(entity)
        shipped = {
            str(i.get("ext_order_item_id") or ""): int(float(i.get("qty_shipped") or 0)) for i in entity["items"]
        }
        lines = {item_id: quantity for item_id, quantity in shipped.items() if item_id and "," not in item_id}
        total = contents.total if contents else None
        facts[key[1]] = ShopFacts(int(entity["entity_id"]), commerce_order(entity), total, lines, attempt is not None)
        skus |= {str(item["sku"]) for item in entity["items"] if item.get("sku")}
    if len(skus) <= MAX_SKUS:
        reading.move(skus=frozenset(skus))
    elif len(reading.run.skus) < MAX_SKUS:
        reading.notes.append(f"The stock of the first {len(reading.run.skus):,} products is compared.")
    return facts
