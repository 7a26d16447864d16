"""The address that Commerce gets: as reported, and completed where a country lacks a required field."""

import pytest

from schemas.personal import Address, PersonalData
from schemas.product import Product
from schemas.status import ImportState
from schemas.store import MissingPhone
from tests.builders import HOME, a_report, a_store, an_order
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
        ({"country_code": "GI", "postal_code": "GX11 1AA"}, "Gibraltar"),
        ({"country_code": "KY", "region": "Grand Cayman", "postal_code": "KY1-1100"}, "Grand Cayman"),
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


@pytest.mark.parametrize(
    ("country", "city"), [("QA", "Doha"), ("BS", "Nassau"), ("JM", "Kingston"), ("TT", "Port of Spain"), ("FJ", "Suva")]
)
def test_the_data_set_decides_where_there_are_no_postal_codes(country: str, city: str) -> None:
    address = _address(city=city, country_code=country)
    assert _given(address) == address.model_copy(update={"postal_code": "00000"})
    assert _imported(address)


def test_an_address_in_the_emirates_has_its_emirate_as_city() -> None:
    address = _address(region="Dubai", country_code="AE")
    assert _given(address) == address.model_copy(update={"city": "Dubai", "postal_code": "00000"})
    assert _imported(address)


@pytest.mark.parametrize("country", ["HK", "PA"])
def test_no_postal_code_is_filled_in_where_commerce_requires_none(country: str) -> None:
    address = _address(city="Central", country_code=country)
    assert _given(address) == address
    assert _imported(address)


def test_a_swiss_address_is_sent_with_its_canton_and_blocks_the_order_without() -> None:
    address = _address(city="Zürich", postal_code="8001", country_code="CH", region="Zurich")
    assert _given(address) == address.model_copy(update={"region": "ZH"})
    assert _imported(address)
    assert not _imported(address.model_copy(update={"region": None}))


@pytest.mark.parametrize(("country", "city"), [("DE", "Berlin"), ("FR", "Lyon"), ("AT", "Wien")])
def test_an_address_needs_no_region_where_commerce_has_it_optional(country: str, city: str) -> None:
    assert _imported(_address(city=city, postal_code="10115", country_code=country, region=None))


@pytest.mark.parametrize("region", ["Almería", "Almeria", "Alava", "ALMERIA"])
def test_a_spanish_province_is_known_with_and_without_accents(region: str) -> None:
    assert _imported(_address(city="Somewhere", postal_code="04001", country_code="ES", region=region))


@pytest.mark.parametrize(
    ("reported", "region"),
    [
        ({"country_code": "IN", "region": "JAMMU & KASHMIR", "postal_code": "190001"}, "Jammu and Kashmir"),
        ({"country_code": "MX", "region": "Ciudad de Mexico", "postal_code": "06000"}, "CMX"),
        ({"country_code": "CA", "region": "Québec", "postal_code": "H2X 1Y4"}, "QC"),
        ({"country_code": "US", "region": "Washington DC", "postal_code": "20001"}, "DC"),
        ({"country_code": "ES", "postal_code": "28013"}, "Madrid"),
        ({"country_code": "ES", "postal_code": "28013", "region": "Cataluña"}, "Madrid"),
        ({"country_code": "AU", "postal_code": "2000", "region": "N.S.W."}, "NSW"),
        ({"country_code": "BR", "postal_code": "01310-100", "region": "Sao Paulo"}, "SP"),
        ({"country_code": "IT", "postal_code": "20121", "region": "Milan"}, "MI"),
        ({"country_code": "DE", "postal_code": "80331", "region": "Bavaria"}, "Bavaria"),
        ({"country_code": "CN", "postal_code": "510000", "region": "Guangdong"}, "Guangdong"),
        ({"country_code": "AR", "postal_code": "C1070AAM", "region": "CABA"}, "CABA"),
    ],
)
def test_commerce_gets_a_region_as_it_knows_it(reported: dict[str, str], region: str) -> None:
    address = _address(city="Testville", **reported)
    assert _given(address) == address.model_copy(update={"region": region})
    assert _imported(address)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((None, "1 Test Street", None), ("1 Test Street", None, None)),
        ((" ", "1 Test Street", "Flat 2"), ("1 Test Street", "Flat 2", None)),
        ((None, None, "1 Test Street"), ("1 Test Street", None, None)),
        (("1 Test Street", None, "Flat 2"), ("1 Test Street", None, "Flat 2")),
    ],
)
def test_lines_move_up_where_the_first_is_empty(
    lines: tuple[str | None, ...], expected: tuple[str | None, ...]
) -> None:
    address = HOME.model_copy(update=dict(zip(("line1", "line2", "line3"), lines, strict=True)))
    given = _given(address)
    assert given is not None
    assert (given.line1, given.line2, given.line3) == expected
    assert _imported(address)


@pytest.mark.parametrize(
    ("missing_phone", "phone", "expected"),
    [
        (MissingPhone.ALLOW, None, None),
        (MissingPhone.PLACEHOLDER, None, "0000000000"),
        (MissingPhone.PLACEHOLDER, " ", "0000000000"),
        (MissingPhone.PLACEHOLDER, "555-0142", "555-0142"),
        (MissingPhone.BLOCK, "555-0142", "555-0142"),
    ],
)
def test_a_missing_phone_is_as_the_store_has_it(
    missing_phone: MissingPhone, phone: str | None, expected: str | None
) -> None:
    personal = PersonalData(shipping_address=HOME.model_copy(update={"phone": phone}))
    given = creation(an_order(), store=a_store(missing_phone=missing_phone), personal=personal).personal
    assert given.shipping_address == HOME.model_copy(update={"phone": expected})


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
