"""The address that Commerce gets: as reported, and completed where a country lacks a required field."""

import pytest

from schemas.personal import Address, PersonalData
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import HOME, a_report, an_order
from tests.handlers.importing import creation
from tests.handlers.world import World

TOKYO = {"region": "Tokyo", "postal_code": "100-0001", "country_code": "JP"}
SINGAPORE = {"postal_code": "018956", "country_code": "SG"}


def _address(**facts: str | None) -> Address:
    return Address.model_validate({"name": "Test Buyer", "line1": "1-1 Test"} | facts)


def _given(address: Address | None) -> Address | None:
    return creation(an_order(), personal=PersonalData(shipping_address=address)).personal.shipping_address


def _imported(address: Address) -> bool:
    world = World()
    world.stock(Product(sku="SKU-1", name="Product", quantity=1))
    world.publish(a_report(shipping_address=address))
    return world.order().import_state is ImportState.IMPORTED


def test_commerce_gets_the_company_of_an_address() -> None:
    home = HOME.model_copy(update={"company": "Test Widgets"})
    assert _given(home) == home


@pytest.mark.parametrize(
    ("reported", "city"),
    [
        (TOKYO, "Tokyo"),
        (TOKYO | {"city": "  "}, "Tokyo"),
        (TOKYO | {"city": "Chiyoda-ku"}, "Chiyoda-ku"),
        (SINGAPORE, "Singapore"),
        ({"country_code": "HK", "region": "Kowloon"}, "Hong Kong"),
        ({"country_code": "MO"}, "Macau"),
    ],
)
def test_a_missing_city_is_filled_in_where_addresses_have_none(reported: dict[str, str], city: str) -> None:
    address = _address(**reported)
    assert _given(address) == address.model_copy(update={"city": city})
    assert _imported(address)


def test_a_missing_postal_code_is_zeros_where_there_are_none() -> None:
    address = _address(city="Dubai", country_code="AE")
    assert _given(address) == address.model_copy(update={"postal_code": "00000"})
    assert _imported(address)
    assert _given(_address(city="Dubai", country_code="AE", postal_code="12345")) != _given(address)


def test_the_united_kingdom_is_accepted_by_both_its_codes() -> None:
    address = _address(city="London", postal_code="SW1A 1AA", country_code="UK")
    assert _given(address) == address.model_copy(update={"country_code": "GB"})
    assert _imported(address)


@pytest.mark.parametrize(
    "reported",
    [
        TOKYO | {"region": None},
        TOKYO | {"postal_code": None},
        SINGAPORE | {"line1": None},
        {"city": None, "region": "WA", "postal_code": "98101", "country_code": "US"},
        {"city": "Riyadh", "country_code": "SA"},
    ],
)
def test_an_address_that_lacks_another_field_is_refused(reported: dict[str, str | None]) -> None:
    assert not _imported(_address(**reported))
