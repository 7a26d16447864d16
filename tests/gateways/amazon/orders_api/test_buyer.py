"""Addresses of orders: which of Amazon's fields become ours."""

import pytest

from gateways.amazon.orders_api.files import read_orders
from schemas.personal import Address
from tests.gateways.amazon.samples import Json, as_lines, only_read, order_2026, v0_order


def address(order: Json) -> Address:
    """The shipping address of an order."""
    reported = only_read(read_orders(as_lines(order), "us")).payload.shipping_address
    assert reported is not None
    return reported


@pytest.mark.parametrize("name", ["Municipality", "District", "County"])
def test_an_address_without_city_has_its_district_as_city(name: str) -> None:
    assert address(v0_order({"ShippingAddress": {"CountryCode": "JP", name: "Minato"}})).city == "Minato"


@pytest.mark.parametrize(
    "order",
    [
        v0_order({"ShippingAddress": {"CompanyName": "Test Widgets", "CountryCode": "US"}}),
        order_2026({"recipient": {"deliveryAddress": {"companyName": "Test Widgets", "countryCode": "US"}}}),
    ],
)
def test_an_address_has_its_company(order: Json) -> None:
    assert address(order).company == "Test Widgets"


BRAZIL: Json = {
    "countryCode": "BR",
    "extendedFields": {
        "streetName": "Rua Teste",
        "streetNumber": "1",
        "complement": "Sala 2",
        "neighborhood": "Bairro Teste",
    },
}


@pytest.mark.parametrize(
    ("reported", "lines"),
    [
        ({"addressLine1": "Rua Teste, 1", "addressLine2": "Sala 2"}, ("Rua Teste, 1", "Sala 2", "Bairro Teste")),
        ({"addressLine1": "Rua Teste, 1 - Bairro Teste"}, ("Rua Teste, 1 - Bairro Teste", None, None)),
        (
            {"addressLine1": "Rua Teste, 1", "addressLine2": "A", "addressLine3": "B"},
            ("Rua Teste, 1", "A", "B, Bairro Teste"),
        ),
        ({}, ("Rua Teste, 1", "Sala 2", "Bairro Teste")),
    ],
)
def test_a_brazilian_address_has_the_neighborhood(reported: Json, lines: tuple[str | None, ...]) -> None:
    of_2026 = address(order_2026({"recipient": {"deliveryAddress": BRAZIL | reported}}))
    of_v0 = address(v0_order({"ShippingAddress": BRAZIL | reported}))
    assert [(address.line1, address.line2, address.line3) for address in (of_2026, of_v0)] == [lines, lines]


def test_a_neighborhood_alone_is_no_street() -> None:
    withheld: Json = {"countryCode": "BR", "extendedFields": {"neighborhood": "Bairro Teste"}}
    assert address(order_2026({"recipient": {"deliveryAddress": withheld}})).line1 is None
