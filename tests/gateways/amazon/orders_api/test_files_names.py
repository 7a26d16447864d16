"""Orders as client libraries hand them on and as buyers fill them in: other names, other lines, one meaning."""

import json
import re

import pytest

from gateways.amazon.orders_api.files import read_orders
from tests.gateways.amazon.samples import Json, only_read, order_2026, v0_item, v0_order


def renamed(value: object) -> object:
    """The value with its names in snake case, as `to_dict` of Amazon's SDK for Python writes them."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(): renamed(part) for name, part in value.items()}
    return [renamed(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("order", [v0_order(), order_2026()])
def test_an_order_with_names_in_snake_case_is_the_same_order(order: Json) -> None:
    wrapped: Json = {"payload": {"Orders": [order], "NextToken": None}}
    for document in (order, wrapped):
        result = only_read(read_orders(json.dumps(renamed(document)), "us"))
        assert result.identity == only_read(read_orders(json.dumps(order), "us")).identity


def test_items_with_names_in_snake_case_are_found_for_their_order() -> None:
    order, items = v0_order(items=[]), {"AmazonOrderId": v0_order()["AmazonOrderId"], "OrderItems": [v0_item()]}
    text = "\n".join(json.dumps(renamed(document)) for document in (order, items))
    assert only_read(read_orders(text, "us")).payload.items


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ((None, "1 Test Street", None), ("1 Test Street", None, None)),
        (("", "1 Test Street", "Floor 2"), ("1 Test Street", "Floor 2", None)),
        (("1 Test Street", " ", "Floor 2"), ("1 Test Street", "Floor 2", None)),
        ((None, None, None), (None, None, None)),
    ],
)
def test_the_first_line_of_an_address_that_is_not_empty_is_line_1(
    written: tuple[str | None, ...], read: tuple[str | None, ...]
) -> None:
    lines = {f"AddressLine{number}": line for number, line in enumerate(written, 1)}
    order = v0_order({"ShippingAddress": {"CountryCode": "DE", **lines}})
    address = only_read(read_orders(json.dumps(order), "us")).payload.shipping_address
    assert address is not None
    assert (address.line1, address.line2, address.line3) == read
