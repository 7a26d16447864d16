"""The shipping address as Commerce gets it: its region as Commerce knows it, and the fields that its country lacks.

Commerce requires a first line and a city everywhere, a postal code nearly everywhere, and a region in some countries
(`schemas.places`). The fields of a country's addresses are in one table (`handlers.rules.address_formats`); one that
Commerce requires and they lack, such as the postal code in Qatar, is filled with a text without information. The vault
keeps the address as it was reported.
"""

from handlers.rules.address_formats import format_of
from handlers.rules.regions import completed_region, is_unknown_region, nearest_regions
from schemas.personal import Address, PersonalData
from schemas.places import POSTAL_CODE_OPTIONAL, REGION_REQUIRED
from schemas.store import MissingPhone

_COUNTRY_CODES = {"UK": "GB"}
"""Codes that Amazon and sellers use, by which Commerce, knowing ISO 3166 only, finds no country."""

_CITIES = {"SG": "Singapore", "HK": "Hong Kong", "MO": "Macau", "NR": "Nauru"}
"""Countries that are a city, or whose name in the data set is not the one in use."""

NO_POSTAL_CODE = "00000"
NO_PHONE = "0000000000"
"""The placeholders; the phone's has digits only, as Commerce demands."""


def complete_address(personal: PersonalData, missing_phone: MissingPhone = MissingPhone.ALLOW) -> PersonalData:
    """Return the personal data with the shipping address as Commerce takes it, as far as its country decides that."""
    address = personal.shipping_address
    completed = address and _completed(address, missing_phone)
    return personal if completed == address else personal.model_copy(update={"shipping_address": completed})


def missing_phone_reason(personal: PersonalData | None, missing_phone: MissingPhone) -> str | None:
    """Return why an address without a phone blocks its order, or None when it does not."""
    address = personal.shipping_address if personal else None
    if missing_phone is not MissingPhone.BLOCK or address is None or _has(address.phone):
        return None
    return "the shipping address lacks phone"


def region_hint(address: Address | None) -> str:
    """Return the accepted regions nearest to the address's, where that is none of its country's; else nothing."""
    if address is None:
        return ""
    place = (_country(address), address.region, address.postal_code)
    if _country(address) not in REGION_REQUIRED or (_has(completed_region(*place)) and not is_unknown_region(*place)):
        return ""
    nearest = nearest_regions(*place)
    return f"; nearest of the accepted: {', '.join(nearest)}" if nearest else ""


def region_refusal(address: Address) -> str | None:
    """Return why Commerce will not accept the region of an address, with the nearest accepted ones, never its value."""
    country = _country(address)
    if not is_unknown_region(country, address.region, address.postal_code):
        return None
    return f"region: none that Commerce knows in {country}{region_hint(address)}"


def _completed(address: Address, missing_phone: MissingPhone) -> Address:
    country = _country(address)
    lines = _lines(address)
    values = lines | {
        "country_code": country,
        "region": completed_region(country, address.region, address.postal_code),
        "city": address.city if _has(address.city) else _city(country, address),
        "postal_code": address.postal_code if _has(address.postal_code) else _postal_code(country),
    }
    if missing_phone is MissingPhone.PLACEHOLDER and not _has(address.phone):
        values["phone"] = NO_PHONE
    changes = {field: value for field, value in values.items() if value is not None or field in lines}
    return address.model_copy(update=changes)


def _lines(address: Address) -> dict[str, str | None]:
    """Return the lines moved up where the first is empty: Amazon has the street of some addresses in the second."""
    lines = [line for line in (address.line1, address.line2, address.line3) if _has(line)]
    if _has(address.line1) or not lines:
        return {}
    return dict(zip(("line1", "line2", "line3"), [*lines, None, None], strict=False))


def _city(country: str, address: Address) -> str | None:
    """Return the city of an address whose country does not demand one: the country's, its region, or its name."""
    address_format = format_of(country)
    if country in _CITIES:
        return _CITIES[country]
    if address_format is None or address_format.has_city:
        return None
    return (address.region or "").strip() or (None if address_format.has_region else address_format.country_name)


def _postal_code(country: str) -> str | None:
    address_format = format_of(country)
    lacks = address_format is not None and not address_format.has_postal_code
    return NO_POSTAL_CODE if lacks and country not in POSTAL_CODE_OPTIONAL else None


def _country(address: Address) -> str:
    return _COUNTRY_CODES.get(address.country_code, address.country_code)


def _has(value: str | None) -> bool:
    return bool((value or "").strip())
