"""Commerce refuses an address by the name of the field that is wrong."""

import pytest

from gateways.simulator.address_check import address_refusal
from gateways.simulator.commerce import SimulatedCommerce
from gateways.simulator.countries import COUNTRIES
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import OrderCreated, RequestRefused
from schemas.personal import Address, Buyer, PersonalData
from tests.gateways.simulator.requests import ADDRESS, KEY, by_amazon, creation, line


def fault(**changes: str | None) -> str | None:
    address = Address.model_validate({**ADDRESS.model_dump(), **changes})
    return address_refusal(PersonalData(shipping_address=address))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"region": "washington"},
        {"region": " District of Columbia "},
        {"region": "PR"},
        {"region": "AE"},
        {"country_code": "PR", "region": None},
        {"country_code": "CA", "region": "British Columbia"},
        {"country_code": "IN", "region": "MAHARASHTRA"},
        {"country_code": "BR", "region": "São Paulo"},
        {"country_code": "DE", "region": "Anywhere"},
        {"country_code": "DE", "region": None},
        {"country_code": "GB", "region": None, "postal_code": None},
        {"country_code": "HK", "region": None, "postal_code": None},
    ],
)
def test_a_valid_address_is_accepted(changes: dict[str, str | None]) -> None:
    assert fault(**changes) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"country_code": "UK"}, "the country_code of the shipping address is no ISO 3166 code"),
        ({"region": "Ontario"}, "the region of the shipping address is none that Commerce knows in US"),
        ({"country_code": "CA"}, "the region of the shipping address is none that Commerce knows in CA"),
        ({"region": None}, "the shipping address lacks region"),
        ({"country_code": "CH", "region": " "}, "the shipping address lacks region"),
        ({"postal_code": None}, "the shipping address lacks postal_code"),
        ({"city": "", "line1": None, "name": None}, "the shipping address lacks name and line1 and city"),
    ],
)
def test_an_invalid_address_is_refused_by_field(changes: dict[str, str | None], expected: str) -> None:
    assert fault(**changes) == expected


def test_the_buyers_name_replaces_a_missing_recipient() -> None:
    nameless = ADDRESS.model_copy(update={"name": None})
    assert address_refusal(PersonalData(buyer=Buyer(name="Test Buyer"), shipping_address=nameless)) is None


def test_an_order_without_an_address_is_refused_with_the_order_as_key(shop: SimulatedCommerce) -> None:
    answer = shop.perform([creation(line("MUG", 1), address=None)])[0]
    assert answer == RequestRefused(
        "Cannot create sales order: the shipping address is missing", (Cause(kind=BlockerKind.ADDRESS, key=KEY[1]),)
    )


def test_an_order_that_amazon_fulfilled_needs_no_address(shop: SimulatedCommerce) -> None:
    assert isinstance(shop.perform([by_amazon(creation(line("MUG", 1)))])[0], OrderCreated)


def test_there_are_249_countries() -> None:
    assert len(COUNTRIES) == 249
