"""The shipping address as Commerce gets it, with the fields that Commerce requires and the address's country lacks.

Commerce requires a city everywhere, and a postal code nearly everywhere (`optional_zip_countries`). Addresses at Amazon
have the prefecture and no city in Japan, no city in a city-state, and no postal code in the United Arab Emirates. The
values filled in carry no information; the vault keeps the address as it was reported.
"""

from schemas.personal import Address, PersonalData

_COUNTRY_CODES = {"UK": "GB"}
"""Codes that Amazon and sellers use, by which Commerce, knowing ISO 3166 only, finds no country."""

_CITIES = {"SG": "Singapore", "HK": "Hong Kong", "MO": "Macau"}
_NAMED_BY_REGION = {"JP"}
_WITHOUT_POSTAL_CODES = {"AE"}
_NO_POSTAL_CODE = "00000"


def complete_address(personal: PersonalData) -> PersonalData:
    """Return the personal data with the missing fields of the shipping address that follow from its country."""
    address = personal.shipping_address
    completed = address and _completed(address)
    return personal if completed == address else personal.model_copy(update={"shipping_address": completed})


def _completed(address: Address) -> Address:
    country = address.country_code
    defaults = {"city": _city(address), "postal_code": _NO_POSTAL_CODE if country in _WITHOUT_POSTAL_CODES else None}
    changes = {
        field: value for field, value in defaults.items() if value and not (getattr(address, field) or "").strip()
    }
    changes |= {"country_code": _COUNTRY_CODES[country]} if country in _COUNTRY_CODES else {}
    return address.model_copy(update=changes) if changes else address


def _city(address: Address) -> str | None:
    if address.country_code in _NAMED_BY_REGION:
        return (address.region or "").strip()
    return _CITIES.get(address.country_code)
