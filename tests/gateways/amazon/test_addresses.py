"""Addresses of orders: which of Amazon's fields become ours."""

import pytest

from gateways.amazon.order import read_orders
from schemas.personal import Address
from tests.gateways.amazon.samples import Json, as_lines, only_read, order_2026, v0_order


def address(order: Json) -> Address:
    """The shipping address of an order."""
    told = only_read(read_orders(as_lines(order), "us")).payload.shipping_address
    assert told is not None
    return told


@pytest.mark.parametrize("name", ["Municipality", "District", "County"])
def test_an_address_without_a_city_lies_in_the_district_it_names(name: str) -> None:
    assert address(v0_order({"ShippingAddress": {"CountryCode": "JP", name: "Minato"}})).city == "Minato"


@pytest.mark.parametrize(
    "order",
    [
        v0_order({"ShippingAddress": {"CompanyName": "Test Widgets", "CountryCode": "US"}}),
        order_2026({"recipient": {"deliveryAddress": {"companyName": "Test Widgets", "countryCode": "US"}}}),
    ],
)
def test_an_address_names_the_company_it_belongs_to(order: Json) -> None:
    assert address(order).company == "Test Widgets"
