"""The simulated Commerce creates an order once, or refuses it with reasons, and keeps its reservations consistent."""

from dataclasses import replace

import pytest

from gateways.simulator.commerce import SimulatedCommerce
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import (
    Accepted,
    CancelCommerceOrder,
    CompleteOrder,
    CreateOrder,
    OrderContents,
    OrderCreated,
    OrderLookup,
    ProductState,
    RequestRefused,
    ReserveStock,
)
from schemas.order import CommerceOrder, CommerceState
from schemas.payloads import CommerceShipped
from schemas.status import StockState
from tests.gateways.simulator.requests import KEY, NOW, OTHER_KEY, by_amazon, creation, dollars, legacy, line, look_up

NUMBER = "000000001"
OPEN = CommerceOrder(number=NUMBER, status="processing")


def a_line_of(pieces: int) -> OrderContents:
    return OrderContents({"1": pieces}, dollars("10.00"))


def stock(shop: SimulatedCommerce, sku: str = "MUG") -> tuple[int, int]:
    product = shop.catalog.find([sku])[sku]
    return product.quantity, product.reserved


def test_an_order_is_created_with_the_next_number_and_its_stock_reserved(shop: SimulatedCommerce) -> None:
    assert shop.perform([creation(line("MUG", 3))]) == [OrderCreated(OPEN, contents=a_line_of(3))]
    assert shop.perform([creation(line("MUG", 1), key=OTHER_KEY)]) == [
        OrderCreated(CommerceOrder(number="000000002", status="processing"), contents=a_line_of(1))
    ]
    assert stock(shop) == (10, 4)


def test_an_order_requested_again_is_adopted_and_reserves_nothing_more(shop: SimulatedCommerce) -> None:
    request = creation(line("MUG", 3))
    assert shop.perform([request, request]) == [
        OrderCreated(OPEN, contents=a_line_of(3)),
        OrderCreated(OPEN, adopted=True, contents=a_line_of(3)),
    ]
    assert shop.perform([creation(line("MUG", 1))]) == [OrderCreated(OPEN, adopted=True, contents=a_line_of(3))]
    assert stock(shop) == (10, 3)
    assert shop.find([KEY])[KEY].asked == 3


def test_an_order_has_amazons_number_where_the_settings_ask_for_it(shop: SimulatedCommerce) -> None:
    request = replace(creation(line("MUG", 1)), number=KEY[1], status="amazon_processing")
    assert shop.perform([request]) == [
        OrderCreated(CommerceOrder(number=KEY[1], status="amazon_processing"), contents=a_line_of(1))
    ]
    assert shop.perform([creation(line("MUG", 1), key=OTHER_KEY)]) == [OrderCreated(OPEN, contents=a_line_of(1))]


@pytest.mark.parametrize(
    ("sku", "kind"),
    [
        ("GHOST", BlockerKind.PRODUCT_MISSING),
        ("CHAIR", BlockerKind.PRODUCT_DISABLED),
        ("KITE", BlockerKind.OUT_OF_STOCK),
    ],
)
@pytest.mark.parametrize("fulfilled_by_amazon", [False, True])
def test_one_bad_line_refuses_the_whole_order_and_reserves_nothing(
    shop: SimulatedCommerce, sku: str, kind: BlockerKind, fulfilled_by_amazon: bool
) -> None:
    request = creation(line("MUG", 1), line(sku, 1, "2"))
    answer = shop.perform([by_amazon(request) if fulfilled_by_amazon else request])[0]
    assert isinstance(answer, RequestRefused)
    assert answer.causes == (Cause(kind=kind, key=sku),)
    assert sku in answer.reason
    assert stock(shop) == (10, 0)
    assert shop.orders() == []


def test_lines_of_one_product_are_out_of_stock_together(shop: SimulatedCommerce) -> None:
    assert isinstance(shop.perform([creation(line("MUG", 6), line("MUG", 5, "2"))])[0], RequestRefused)
    assert isinstance(shop.perform([creation(line("MUG", 6), line("MUG", 4, "2"))])[0], OrderCreated)
    assert stock(shop) == (10, 10)


def test_the_second_of_two_orders_for_the_last_pieces_is_out_of_stock(shop: SimulatedCommerce) -> None:
    first, second = shop.perform([creation(line("MUG", 8)), creation(line("MUG", 3), key=OTHER_KEY)])
    assert isinstance(first, OrderCreated)
    assert second == RequestRefused(
        'Cannot create sales order: Product "MUG" in order is not salable',
        (Cause(kind=BlockerKind.OUT_OF_STOCK, key="MUG"),),
    )


def test_unmanaged_stock_is_never_out_of_stock_and_counts_reservations(shop: SimulatedCommerce) -> None:
    request = creation(line("CARD", 500))
    assert isinstance(shop.perform([request])[0], OrderCreated)
    assert stock(shop, "CARD") == (0, 500)
    shop.perform([CompleteOrder(KEY, NUMBER)])
    assert stock(shop, "CARD") == (0, 0)


@pytest.mark.parametrize(("reserve", "reserved"), [(True, 2), (False, 0)])
def test_without_inventory_management_stock_does_not_matter(
    shop: SimulatedCommerce, reserve: bool, reserved: int
) -> None:
    assert isinstance(shop.perform([legacy(creation(line("KITE", 2)), reserve=reserve)])[0], OrderCreated)
    assert stock(shop, "KITE") == (0, reserved)


def test_an_order_that_amazon_fulfilled_is_complete_and_touches_no_stock(shop: SimulatedCommerce) -> None:
    complete = CommerceOrder(number=NUMBER, status="complete", state=CommerceState.COMPLETE)
    assert shop.perform([by_amazon(creation(line("MUG", 3)))]) == [OrderCreated(complete, contents=a_line_of(3))]
    assert isinstance(shop.perform([CompleteOrder(KEY, NUMBER)])[0], Accepted)
    assert stock(shop) == (10, 0)


def test_completing_ships_the_quantities_once(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 3))])
    for _ in range(2):
        answer = shop.perform([CompleteOrder(KEY, NUMBER)])[0]
        assert isinstance(answer, Accepted)
        assert answer.status == "complete"
        assert stock(shop) == (7, 0)


def test_canceling_releases_the_reservation_once(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 3))])
    for _ in range(2):
        answer = shop.perform([CancelCommerceOrder(KEY, NUMBER)])[0]
        assert isinstance(answer, Accepted)
        assert answer.status == "canceled"
        assert stock(shop) == (10, 0)


def test_a_complete_order_is_not_canceled_and_a_canceled_one_not_completed(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 1)), creation(line("MUG", 1), key=OTHER_KEY)])
    shop.perform([CompleteOrder(KEY, NUMBER), CancelCommerceOrder(OTHER_KEY, "000000002")])
    answers = shop.perform([CancelCommerceOrder(KEY, NUMBER), CompleteOrder(OTHER_KEY, "000000002")])
    assert [type(answer) for answer in answers] == [RequestRefused, RequestRefused]
    assert stock(shop) == (9, 0)


@pytest.mark.parametrize("request_", [CompleteOrder(KEY, "000000009"), CancelCommerceOrder(KEY, "000000009")])
def test_an_order_that_commerce_does_not_have_is_refused(
    shop: SimulatedCommerce, request_: CompleteOrder | CancelCommerceOrder
) -> None:
    assert shop.perform([request_]) == [RequestRefused("Commerce has no order 000000009 for this Amazon order")]


def test_a_reservation_is_taken_over_by_the_order_and_not_doubled(shop: SimulatedCommerce) -> None:
    shop.perform([ReserveStock(KEY, {"MUG": 10}), ReserveStock(KEY, {"MUG": 10})])
    assert stock(shop) == (10, 10)
    assert isinstance(shop.perform([creation(line("MUG", 10))])[0], OrderCreated)
    assert stock(shop) == (10, 10)


def test_a_reservation_without_an_order_is_released_and_not_made_again(shop: SimulatedCommerce) -> None:
    shop.perform([ReserveStock(KEY, {"MUG": 4}), CancelCommerceOrder(KEY, None), CancelCommerceOrder(KEY, None)])
    assert stock(shop) == (10, 0)
    assert isinstance(shop.perform([ReserveStock(KEY, {"MUG": 4})])[0], Accepted)
    assert stock(shop) == (10, 0)


def test_releasing_only_the_reservation_keeps_the_order(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 3)), CancelCommerceOrder(KEY, None)])
    assert shop.find([KEY])[KEY].is_open
    assert stock(shop) == (10, 3)


def test_stock_of_a_missing_product_is_not_reserved(shop: SimulatedCommerce) -> None:
    answer = shop.perform([ReserveStock(KEY, {"MUG": 1, "GHOST": 1})])[0]
    assert isinstance(answer, RequestRefused)
    assert answer.causes == (Cause(kind=BlockerKind.PRODUCT_MISSING, key="GHOST"),)
    assert stock(shop) == (10, 0)


def test_a_look_up_returns_products_by_sku_and_asin_and_no_missing_order(shop: SimulatedCommerce) -> None:
    answer = shop.perform([look_up("CARD", "CHAIR", "KITE", "GHOST", asins=("B0DEMO0001", "B0DEMO0009"))])[0]
    assert answer == OrderLookup(
        None,
        {
            "CARD": ProductState("CARD", enabled=True, stock=StockState.NOT_MANAGED),
            "CHAIR": ProductState("CHAIR", enabled=False, stock=StockState.IN_STOCK, salable=10),
            "KITE": ProductState("KITE", enabled=True, stock=StockState.OUT_OF_STOCK, salable=0),
            "MUG": ProductState("MUG", enabled=True, stock=StockState.IN_STOCK, salable=10),
        },
        {"B0DEMO0001": "MUG"},
    )


def test_a_look_up_counts_the_orders_own_reservation_as_salable(shop: SimulatedCommerce) -> None:
    shop.perform([ReserveStock(KEY, {"MUG": 10})])
    own, other = shop.perform([look_up("MUG", wanted=10), look_up("MUG", key=OTHER_KEY)])
    assert isinstance(own, OrderLookup)
    assert isinstance(other, OrderLookup)
    assert own.products["MUG"].stock is StockState.IN_STOCK
    assert other.products["MUG"].stock is StockState.OUT_OF_STOCK


def test_a_look_up_finds_the_order(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 1))])
    answer = shop.perform([look_up("MUG")])[0]
    assert isinstance(answer, OrderLookup)
    assert (answer.commerce_order, answer.contents) == (OPEN, a_line_of(1))


def test_only_an_open_order_is_shipped(shop: SimulatedCommerce) -> None:
    parcel = CommerceShipped(
        store_id=KEY[0],
        amazon_order_id=KEY[1],
        shipment_id="SHIP-1",
        shipped_at=NOW,
        carrier_code="UPS",
        tracking_number="DEMO1",
    )
    assert not shop.ship(parcel)
    shop.perform([creation(line("MUG", 1))])
    assert shop.ship(parcel)
    assert shop.ship(parcel)
    assert shop.find([KEY])[KEY].shipments == ("SHIP-1",)
    shop.perform([CancelCommerceOrder(KEY, NUMBER)])
    assert not shop.ship(parcel)


def test_reservations_agree_after_mixed_requests_and_drift_is_reported(shop: SimulatedCommerce) -> None:
    orders: list[CreateOrder] = [creation(line("MUG", 1), key=("demo", f"999-0000000-{n:07}")) for n in range(6)]
    shop.perform(orders)
    shop.perform([CompleteOrder(orders[0].key, NUMBER), CancelCommerceOrder(orders[1].key, "000000002")])
    assert stock(shop) == (9, 4)
    assert shop.reservation_drift() == {}
    with shop._documents.begin() as book:
        document = book.get_many("commerce.product", ["MUG"])["MUG"]
        book.put_many("commerce.product", {"MUG": {**document, "reserved": 6}})
    assert shop.reservation_drift() == {"MUG": 2}


def test_no_personal_data_is_stored(shop: SimulatedCommerce) -> None:
    shop.perform([creation(line("MUG", 1))])
    kept = str(shop.orders())
    assert KEY[1] in kept
    assert "Test Buyer" not in kept
    assert "Example Street" not in kept
