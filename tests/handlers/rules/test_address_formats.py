"""Fields of the addresses of a country, by the data set."""

import pytest

from gateways.simulator.countries import COUNTRIES
from handlers.rules.address_formats import country_data, format_of

WITHOUT_DATA = {"BL"}


@pytest.mark.parametrize("country", ["AE", "BS", "HK", "JM", "QA", "ZW"])
def test_some_countries_have_no_postal_codes(country: str) -> None:
    known = format_of(country)
    assert known is not None
    assert not known.has_postal_code


@pytest.mark.parametrize(
    ("country", "region", "city", "postal_code"),
    [
        ("US", True, True, True),
        ("DE", False, True, True),
        ("CH", False, True, True),
        ("JP", True, False, True),
        ("GI", False, False, True),
        ("AE", True, False, False),
    ],
)
def test_the_fields_of_a_country(country: str, region: bool, city: bool, postal_code: bool) -> None:
    known = format_of(country)
    assert known is not None
    assert (known.has_region, known.has_city, known.has_postal_code) == (region, city, postal_code)


@pytest.mark.parametrize("country", ["UK", "XX"])
def test_a_code_that_is_no_country_has_no_format(country: str) -> None:
    assert format_of(country) is None
    assert country_data(country) == {}


def test_the_data_set_knows_the_countries_of_commerce() -> None:
    assert {country for country in COUNTRIES if format_of(country) is None} <= WITHOUT_DATA | {"AQ", "UM"}
