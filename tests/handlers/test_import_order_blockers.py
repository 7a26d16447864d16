"""Blockers of an import: each with its cause, solution and command, and its resolution."""

from decimal import Decimal
from typing import Any

import pytest

from handlers.import_order import ask, decide
from schemas import payloads
from schemas.blockers import Blocker, BlockerKind, Cause, Remedy, RemedyKind
from schemas.gateway_requests import OrderLookup, RequestRefused
from schemas.order import Order
from schemas.personal import Address, PersonalData
from schemas.product import Product
from schemas.status import Channel, ImportState, Status, StockState
from schemas.store import MissingPhone, Store
from tests.builders import (
    HOME,
    KEY,
    ORDER_ID,
    STORE_ID,
    a_product,
    a_report,
    a_store,
    an_item,
    an_order,
    changed,
    looked_up,
    order_context,
    placed,
    usd,
)
from tests.handlers.importing import REQUESTED, creation, two_lines
from tests.handlers.world import World

NOBODY = PersonalData()


def _blockers(order: Order, lookup: OrderLookup, store: Store | None = None, **more: Any) -> tuple[Blocker, ...]:
    context = order_context(order, store, **more)
    assert ask(context, REQUESTED, (lookup,)) is None
    after = decide(context, REQUESTED, (lookup,)).order
    assert after is not None
    assert after.status is Status.ERROR
    assert after.import_state is ImportState.BLOCKED
    return after.blockers


def remedy(kind: RemedyKind, **params: str) -> Remedy:
    return Remedy(kind=kind, params=params)


def test_a_missing_product_blocks_with_cause_solution_and_remedy() -> None:
    (blocker,) = _blockers(an_order(), looked_up())
    assert blocker.cause == Cause(kind=BlockerKind.PRODUCT_MISSING, key="SKU-1")
    assert blocker.reason == 'Product "SKU-1" in order does not exist in the catalog'
    assert "manually match the listing" in blocker.solution
    assert blocker.remedy == remedy(RemedyKind.MATCH_LISTING, store_id=STORE_ID, seller_sku="SKU-1")
    assert set(blocker.wake_keys) == {"product:SKU-1", f"listing:{STORE_ID}/SKU-1"}


def test_a_disabled_product_blocks_with_cause_solution_and_remedy() -> None:
    (blocker,) = _blockers(an_order(), looked_up(a_product(enabled=False)))
    assert blocker.cause == Cause(kind=BlockerKind.PRODUCT_DISABLED, key="SKU-1")
    assert blocker.solution.startswith("Enable the product")
    assert blocker.remedy == remedy(RemedyKind.ENABLE_PRODUCT, sku="SKU-1")
    assert "product:SKU-1" in blocker.wake_keys


def test_a_product_out_of_stock_blocks_with_the_documented_note() -> None:
    context = order_context(an_order())
    lookup = looked_up(a_product(stock=StockState.OUT_OF_STOCK, salable=0))
    (blocker,) = _blockers(an_order(), lookup)
    assert blocker.cause == Cause(kind=BlockerKind.OUT_OF_STOCK, key="SKU-1")
    assert blocker.remedy == remedy(RemedyKind.SET_QUANTITY, sku="SKU-1")
    assert "quantity and source" in blocker.solution
    assert decide(context, REQUESTED, (lookup,)).note == (
        'Cannot create sales order: Product "SKU-1" in order is not salable'
    )


def test_two_lines_of_one_product_need_stock_for_both() -> None:
    context: dict[str, Any] = {"matches": {"SKU-1": "SHARED", "SKU-2": "SHARED"}}
    lookup = looked_up(a_product("SHARED", salable=1))
    assert [blocker.kind for blocker in _blockers(two_lines(), lookup, **context)] == [BlockerKind.OUT_OF_STOCK]
    assert (
        ask(order_context(two_lines(), **context), REQUESTED, (looked_up(a_product("SHARED", salable=2)),)) is not None
    )


def test_stock_that_is_not_managed_never_blocks() -> None:
    assert creation(an_order(), a_product(stock=StockState.NOT_MANAGED, salable=None)).reserve


def test_without_inventory_management_stock_never_blocks() -> None:
    store = a_store(inventory_management=False)
    sold_out = a_product(stock=StockState.OUT_OF_STOCK, salable=0)
    assert not creation(an_order(store=store), sold_out, store=store).reserve


def test_one_line_blocks_the_whole_order() -> None:
    blockers = _blockers(two_lines(), looked_up(a_product("SKU-1")))
    assert [blocker.key for blocker in blockers] == ["SKU-2"]


def test_all_blockers_are_in_one_note() -> None:
    order = two_lines(item_price=None)
    decision = decide(order_context(order, personal=NOBODY), REQUESTED, (looked_up(a_product(enabled=False)),))
    assert decision.order is not None
    kinds = [blocker.kind for blocker in decision.order.blockers]
    assert kinds == [
        BlockerKind.PRODUCT_DISABLED,
        BlockerKind.PRODUCT_MISSING,
        BlockerKind.MONEY,
        BlockerKind.PERSONAL_DATA,
    ]
    assert decision.note == f"Cannot create sales order: {'; '.join(b.reason for b in decision.order.blockers)}"
    causes = tuple(blocker.cause for blocker in decision.order.blockers)
    assert decision.follow_ups == (payloads.OrderBlocked(**KEY, causes=causes, note=decision.order.note),)


@pytest.mark.parametrize("lines", [10, 1000])
def test_a_note_of_many_long_skus_is_cut_with_the_number_of_others(lines: int) -> None:
    world = World()
    items = tuple(an_item(number, seller_sku=f"{number:0200}") for number in range(lines))
    world.publish(placed(items=items, shipping_address=HOME), changed("Unshipped", 1))
    (blocked,) = [event for event in world.published if isinstance(event, payloads.OrderBlocked)]
    assert (len(blocked.causes), world.order().status, world.order().note) == (lines, Status.ERROR, blocked.note)
    first, last = blocked.note.split("; ")[0], blocked.note.split("; ")[-1]
    assert first == f"Cannot create sales order: {world.order().blockers[0].reason}"
    assert last == f"and {lines - blocked.note.count('; ')} more"


def test_a_refusal_longer_than_a_note_is_truncated() -> None:
    refusal = RequestRefused("no such street: " + "x" * 3000, (Cause(kind=BlockerKind.ADDRESS, key=ORDER_ID),))
    note = decide(order_context(an_order()), REQUESTED, (looked_up(a_product()), refusal)).note
    assert note is not None
    assert note.startswith("Cannot create sales order: no such street: xxx")
    assert note.endswith("x…")


def test_a_missing_address_blocks_until_it_is_reported_or_edited() -> None:
    (blocker,) = _blockers(an_order(), looked_up(a_product()), personal=NOBODY)
    assert blocker.cause == Cause(kind=BlockerKind.PERSONAL_DATA, key=ORDER_ID)
    assert blocker.remedy == remedy(RemedyKind.EDIT_ADDRESS, store_id=STORE_ID, amazon_order_id=ORDER_ID)


def test_an_address_refused_by_commerce_blocks_with_the_reason_of_the_refusal() -> None:
    cause = Cause(kind=BlockerKind.ADDRESS, key=ORDER_ID)
    refusal = RequestRefused("Cannot create sales order: the shipping address lacks city", (cause,))
    decision = decide(order_context(an_order()), REQUESTED, (looked_up(a_product()), refusal))
    assert decision.order is not None
    (blocker,) = decision.order.blockers
    assert blocker.cause == cause
    assert blocker.remedy == remedy(RemedyKind.EDIT_ADDRESS, store_id=STORE_ID, amazon_order_id=ORDER_ID)
    assert decision.note == "Cannot create sales order: the shipping address lacks city"


def test_stock_sold_meanwhile_blocks_the_manually_matched_listing() -> None:
    refusal = RequestRefused("not salable", (Cause(kind=BlockerKind.OUT_OF_STOCK, key="SHARED"),))
    context = order_context(two_lines(), matches={"SKU-2": "SHARED"})
    order = decide(context, REQUESTED, (looked_up(a_product("SKU-1"), a_product("SHARED")), refusal)).order
    assert order is not None
    assert order.blockers[0].wake_keys == ("product:SHARED", f"listing:{STORE_ID}/SKU-2")


def test_a_refusal_without_known_cause_is_rejected_without_reminder() -> None:
    decision = decide(
        order_context(an_order()), REQUESTED, (looked_up(a_product()), RequestRefused("the shop is confused"))
    )
    assert decision.rejection == "Commerce refused to create the order: the shop is confused"
    assert decision.suppress_reminder


def test_amounts_that_do_not_add_up_block_with_both_sums() -> None:
    order = an_order(order_total=usd("11.01"))
    (blocker,) = _blockers(order, looked_up(a_product()))
    assert blocker.cause == Cause(kind=BlockerKind.MONEY, key=ORDER_ID)
    assert "10.00 USD" in blocker.reason
    assert "11.01 USD" in blocker.reason


def test_an_fba_order_is_blocked_when_its_product_is_out_of_stock_in_commerce() -> None:
    order = an_order("Shipped", fulfillment_channel=Channel.AFN)
    (blocker,) = _blockers(order, looked_up(a_product(stock=StockState.OUT_OF_STOCK, salable=0)))
    assert blocker.kind is BlockerKind.OUT_OF_STOCK


def test_a_line_whose_product_was_removed_has_no_product() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="Product", enabled=False))
    world.publish(a_report())
    assert [line.sku for line in world.order().lines] == ["SKU-1"]
    after = decide(order_context(world.order()), REQUESTED, (looked_up(),)).order
    assert after is not None
    assert [line.sku for line in after.lines] == [None]


def test_a_match_to_a_removed_product_blocks_by_the_matched_sku() -> None:
    (blocker,) = _blockers(an_order(), looked_up(a_product()), matches={"SKU-1": "GONE"})
    assert blocker.key == "GONE"
    assert "product:GONE" in blocker.wake_keys


def test_a_catalog_change_wakes_exactly_the_orders_blocked_on_it() -> None:
    world = World()
    world.publish(a_report("Unshipped"))
    assert world.order().status is Status.ERROR
    world.stock(Product(sku="OTHER", name="Other", quantity=5))
    world.drain()
    assert world.order().status is Status.ERROR
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.drain()
    assert world.order().import_state is ImportState.IMPORTED


def test_the_next_sync_imports_what_is_no_longer_blocked() -> None:
    world = World()
    world.publish(a_report("Unshipped"))
    world.gateways.commerce.catalog.save([Product(sku="SKU-1", name="One", quantity=5)])
    world.sync_blocked()
    assert world.order().import_state is ImportState.IMPORTED


def test_a_blocked_order_is_imported_once_its_address_is_complete() -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="One", quantity=5))
    world.publish(a_report("Unshipped", shipping_address=Address(city="Testville", country_code="US")))
    assert [blocker.kind for blocker in world.order().blockers] == [BlockerKind.ADDRESS]
    world.publish(changed("Unshipped", 2, shipping_address=HOME))
    assert world.order().import_state is ImportState.IMPORTED
    assert world.shop_orders[0].total == usd("10.00")
    assert world.shop_orders[0].total.amount == Decimal("10.00")


def test_unchanged_blockers_are_neither_noted_nor_announced_again() -> None:
    missing = (looked_up(),)
    blocked = decide(order_context(an_order()), REQUESTED, missing).order
    assert blocked is not None
    again = decide(order_context(blocked), REQUESTED, missing)
    assert again.order == blocked
    assert (again.note, again.follow_ups) == (None, ())


def test_lines_with_one_cause_are_woken_by_any_of_their_listings() -> None:
    order = two_lines()
    (blocker,) = _blockers(order, looked_up(), matches={"SKU-1": "GONE", "SKU-2": "GONE"})
    listings = {key for key in blocker.wake_keys if key.startswith("listing:")}
    assert listings == {f"listing:{order.store_id}/SKU-1", f"listing:{order.store_id}/SKU-2"}


@pytest.mark.parametrize(
    ("region", "postal_code", "nearest"),
    [
        ("Califronia", "90001", "California, "),
        ("Nowhere", "90001", "California, "),
        (None, "00000", None),
    ],
)
def test_the_blocker_of_a_refused_region_names_the_nearest_accepted_ones(
    region: str | None, postal_code: str, nearest: str | None
) -> None:
    world = World()
    world.stock(Product(sku="SKU-1", name="Product", quantity=1))
    address = HOME.model_copy(update={"region": region, "postal_code": postal_code})
    world.publish(a_report(shipping_address=address))
    (blocker,) = world.order().blockers
    assert blocker.kind is BlockerKind.ADDRESS
    assert ("; nearest of the accepted: " in blocker.reason) is (nearest is not None)
    assert (nearest or "") in blocker.reason
    assert "Califronia" not in blocker.reason


def test_a_missing_phone_blocks_where_the_store_has_it_so() -> None:
    (blocker,) = _blockers(an_order(), looked_up(a_product()), a_store(missing_phone=MissingPhone.BLOCK))
    assert (blocker.kind, blocker.reason) == (BlockerKind.ADDRESS, "the shipping address lacks phone")
