"""The shipping address as Commerce gets it: nothing that it demands is missing only because a country has none of it.

Commerce demands a city everywhere, and a postal code nearly everywhere (`optional_zip_countries`). Amazon's buyers in
Japan fill in the prefecture and lines of address, those of a city that is a country its lines alone, and there are no
postal codes in the Emirates. What stands in says nothing new; the vault keeps what was told.
"""

from schemas.personal import Address, PersonalData

_COUNTRY_CODES = {"UK": "GB"}
"""Codes that Amazon and sellers use, for which Commerce knows that of ISO 3166 only."""

_CITIES = {"SG": "Singapore", "HK": "Hong Kong", "MO": "Macau"}
_NAMED_BY_REGION = {"JP"}
_WITHOUT_POSTAL_CODES = {"AE"}
_NO_POSTAL_CODE = "00000"


def complete_address(personal: PersonalData) -> PersonalData:
    """Return personal data with the shipping address completed, as far as its country lets what lacks be known."""
    address = personal.shipping_address
    completed = address and _completed(address)
    return personal if completed == address else personal.model_copy(update={"shipping_address": completed})


def _completed(address: Address) -> Address:
    country = address.country_code
    stand_ins = {"city": _city(address), "postal_code": _NO_POSTAL_CODE if country in _WITHOUT_POSTAL_CODES else None}
    changes = {field: told for field, told in stand_ins.items() if told and not (getattr(address, field) or "").strip()}
    changes |= {"country_code": _COUNTRY_CODES[country]} if country in _COUNTRY_CODES else {}
    return address.model_copy(update=changes) if changes else address


def _city(address: Address) -> str | None:
    if address.country_code in _NAMED_BY_REGION:
        return (address.region or "").strip()
    return _CITIES.get(address.country_code)
