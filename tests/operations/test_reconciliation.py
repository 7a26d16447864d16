"""What differs between Amazon, the ledger and Commerce, and what of it an event repairs."""

from datetime import timedelta
from typing import Any

import pytest

from operations.reconciliation import (
    Findings,
    ShopFacts,
    compare_parcels,
    compare_with_amazon,
    compare_with_commerce,
)
from schemas.order import CommerceOrder, CommerceState, Order, Parcel, Shipment
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
        (an_order("Canceled"), facts(), (Kind.COMMERCE_ORDER_UNKNOWN, False)),
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


def test_what_amazon_ships_has_no_parcels_and_misses_none() -> None:
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
