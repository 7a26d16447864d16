"""Differences between Amazon, the ledger and Commerce, and those that an event repairs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateways.amazon.sp_api.confirmation import package_reference_id
from operations.reconciliation import (
    Findings,
    ShopFacts,
    compare_amazon_total,
    compare_packages,
    compare_parcels,
    compare_with_amazon,
    compare_with_commerce,
)
from schemas.order import CommerceOrder, CommerceState, Order, Parcel, Shipment
from schemas.reconciliation import LISTED, Difference, Reconciliation
from schemas.reconciliation import DifferenceKind as Kind
from schemas.status import Channel
from tests.builders import an_imported_order, an_order, at, shipped, usd

SHIPPED = Parcel.model_validate(shipped(items={"item-1": 1}).model_dump(include=set(Shipment.model_fields)))


def facts(state: CommerceState = CommerceState.OPEN, total: str = "10.00", **shipped_items: int) -> ShopFacts:
    order = CommerceOrder(number="000000001", status=state.value, state=state)
    return ShopFacts(5, order, usd(total), {name.replace("_", "-"): number for name, number in shipped_items.items()})


def compared(order: Order, found: ShopFacts | None) -> Findings:
    findings = Findings()
    compare_with_commerce(findings, order, found)
    return findings


def kinds(findings: Findings) -> list[tuple[Kind, bool]]:
    """Return the kinds of the differences, and whether each is repaired."""
    return [(one.kind, one.repair is not None) for one in findings.differences]


def test_an_order_that_both_have_alike_is_no_difference() -> None:
    assert kinds(compared(an_imported_order(), facts())) == []


def test_an_order_that_only_amazon_has_or_has_later_is_asked_for() -> None:
    order, findings = an_order(), Findings()
    compare_with_amazon(findings, order.key, order, order.last_update_date, None)
    assert kinds(findings) == []
    compare_with_amazon(findings, order.key, order, order.last_update_date + timedelta(minutes=1), None)
    compare_with_amazon(findings, ("us", "1"), None, at(0), at(60))
    assert kinds(findings) == [(Kind.STATUS_LAG, True), (Kind.ORDER_MISSING, True)]
    assert findings.changed_orders == {order.key: None, ("us", "1"): at(60)}


@pytest.mark.parametrize(
    ("order", "found", "difference"),
    [
        (an_imported_order(), None, (Kind.COMMERCE_ORDER_MISSING, False)),
        (an_order("Unshipped"), facts(), (Kind.COMMERCE_ORDER_UNKNOWN, True)),
        (an_order("Canceled"), facts(), (Kind.COMMERCE_ORDER_UNKNOWN, True)),
        (an_order("Canceled"), facts(CommerceState.CANCELED), (Kind.COMMERCE_ORDER_UNKNOWN, True)),
        (an_order("Canceled"), facts(CommerceState.COMPLETE), (Kind.COMMERCE_ORDER_UNKNOWN, False)),
        (
            an_order("Canceled"),
            replace(facts(CommerceState.COMPLETE), is_attempted=True),
            (Kind.COMMERCE_ORDER_UNKNOWN, True),
        ),
        (an_imported_order(), facts(total="9.99"), (Kind.TOTAL, False)),
        (an_imported_order(), facts(CommerceState.CANCELED), (Kind.COMMERCE_STATE, False)),
        (an_imported_order(parcels=(SHIPPED,)), facts(CommerceState.COMPLETE, item_1=1), (Kind.COMMERCE_STATE, True)),
        (an_imported_order(), facts(item_1=1), (Kind.SHIPMENT_MISSING, True)),
        (an_imported_order(), facts(CommerceState.COMPLETE, item_1=1), (Kind.SHIPMENT_MISSING, True)),
    ],
)
def test_each_difference_is_repaired_by_an_event_or_left_to_people(
    order: Order, found: ShopFacts | None, difference: tuple[Kind, bool]
) -> None:
    findings = compared(order, found)
    assert kinds(findings) == [difference]
    is_repaired = bool(findings.requests or findings.shop_orders)
    assert is_repaired is difference[1]


def test_an_order_that_amazon_ships_has_no_parcels_and_lacks_none() -> None:
    order = an_imported_order("Shipped", fulfillment_channel=Channel.AFN)
    assert kinds(compared(order, facts(item_1=1))) == []


@pytest.mark.parametrize(("minutes", "count"), [(30, 0), (61, 1)])
def test_a_parcel_counts_as_not_confirmed_after_an_hour(minutes: int, count: int) -> None:
    order, findings = an_imported_order(parcels=(SHIPPED,)), Findings()
    compare_parcels(findings, order, SHIPPED.shipped_at + timedelta(minutes=minutes))
    assert kinds(findings) == [(Kind.PARCEL_NOT_CONFIRMED, True)] * count
    assert len(findings.requests) == count


def test_a_snapshot_of_the_commerce_order_is_what_its_total_is_compared_with() -> None:
    values: dict[str, Any] = {"commerce_snapshot": {"quantities": {"SKU-1": 1}, "total": usd("8.00").model_dump()}}
    order = Order.model_validate(an_imported_order().model_dump() | values)
    assert kinds(compared(order, facts(total="8.00"))) == []


CONFIRMED = Parcel.model_validate(SHIPPED.model_dump() | {"confirmed_items": SHIPPED.items})


@pytest.mark.parametrize(
    ("packages", "minutes", "count"),
    [
        ([], 61, 1),
        ([], 30, 0),
        ([{"packageReferenceId": package_reference_id(SHIPPED.shipment_id)}], 61, 0),
        ([{"trackingNumber": SHIPPED.tracking_number}], 61, 0),
        ([{"packageReferenceId": "1"}], 61, 1),
    ],
)
def test_a_confirmed_parcel_that_amazon_does_not_have_is_confirmed_again(
    packages: list[dict[str, Any]], minutes: int, count: int
) -> None:
    order, findings = an_imported_order(parcels=(CONFIRMED,)), Findings()
    compare_packages(findings, order, {"packages": packages}, SHIPPED.shipped_at + timedelta(minutes=minutes))
    assert kinds(findings)[:1] == [(Kind.PARCEL_NOT_CONFIRMED, True)] * count
    assert len(findings.requests) == count


@pytest.mark.parametrize(
    ("channel", "packages", "unknown"),
    [
        (Channel.MFN, [{"packageReferenceId": "1", "trackingNumber": "1Z"}], ["1"]),
        (Channel.MFN, [{"packageReferenceId": "1"}, {"trackingNumber": "1Z"}], ["1", "without a reference id"]),
        (Channel.MFN, [{"packageReferenceId": package_reference_id(SHIPPED.shipment_id)}], []),
        (Channel.MFN, [{"packageReferenceId": "1", "trackingNumber": SHIPPED.tracking_number}], []),
        (Channel.MFN, None, []),
        (Channel.AFN, [{"packageReferenceId": "1"}], []),
    ],
)
def test_a_package_that_the_ledger_does_not_have_is_left_to_people(
    channel: Channel, packages: object, unknown: list[str]
) -> None:
    findings = Findings()
    order = an_imported_order(parcels=(SHIPPED,), fulfillment_channel=channel)
    compare_packages(findings, order, {"packages": packages}, SHIPPED.shipped_at)
    assert kinds(findings) == [(Kind.PACKAGE_UNKNOWN, False)] * len(unknown)
    named = [one.details.partition(",")[0] for one in findings.differences]
    assert named == [f"Amazon has the package {name}" for name in unknown]


@pytest.mark.parametrize(("total", "count"), [("10.00", 0), ("9.99", 1), (None, 0)])
def test_another_total_than_amazons_is_left_to_people(total: str | None, count: int) -> None:
    findings = Findings()
    order = an_imported_order(order_total=usd("10.00"))
    compare_amazon_total(findings, order, usd(total) if total else None)
    assert kinds(findings) == [(Kind.TOTAL, False)] * count


def test_further_differences_than_those_listed_are_counted() -> None:
    outcome = Reconciliation(at=at(0), since=at(0), until=at(0), orders=0, differences=(), notes=(), complete=True)
    reported = Difference(kind=Kind.TOTAL, details="Other total.")
    repaired = Difference(kind=Kind.STATUS_LAG, details="Late.", repair="Amazon is asked for it")
    for _ in range(3):
        outcome = outcome.with_page(500, (reported, repaired) * 200, ())
    assert (len(outcome.differences), outcome.more_repaired, outcome.more_unexplained) == (LISTED, 100, 100)
    assert outcome.summary == "1,500 orders, 600 repaired, 600 unexplained"
