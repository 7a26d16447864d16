"""Parses buyers and addresses of the Orders API, v0 and 2026-01-01, whose field names differ in case only."""

from gateways.amazon.fields import Fields
from gateways.amazon.money import Facts
from gateways.amazon.payload import reported


def read_buyer(buyer: Fields) -> Facts | None:
    """Parse BuyerInfo (v0) or buyer (2026-01-01), None when it is empty."""
    return reported({"name": buyer.text("buyerName"), "email": buyer.text("buyerEmail")}) or None


def read_address(address: Fields) -> Facts | None:
    """Parse an address, None without a country: Amazon gives only part of it while an order is pending."""
    country = address.text("countryCode")
    if country is None:
        return None
    districts = ("municipality", "districtOrCounty", "district", "county")
    district = next(filter(None, map(address.text, districts)), None)
    return reported(
        {
            "name": address.text("name"),
            "company": address.text("companyName"),
            **_lines(address),
            "city": address.text("city") or district,
            "region": address.text("stateOrRegion"),
            "postal_code": address.text("postalCode"),
            "country_code": country.upper(),
            "phone": address.text("phone"),
        }
    )


def _lines(address: Fields) -> Facts:
    """Return the lines that are not empty, the first as `line1`: German buyers may fill the second line only.

    Brazilian addresses are given in parts as well, and their lines may lack the neighborhood.
    """
    parts = address.part("extendedFields")
    lines = _present(address, "addressLine1", "addressLine2", "addressLine3") or _lines_from_parts(parts)
    neighborhood = parts.text("neighborhood")
    if lines and neighborhood and not any(neighborhood.casefold() in line.casefold() for line in lines):
        lines = [*lines[:2], ", ".join([*lines[2:], neighborhood])]
    return dict(zip(("line1", "line2", "line3"), lines, strict=False))


def _lines_from_parts(parts: Fields) -> list[str]:
    street = ", ".join(_present(parts, "streetName", "streetNumber"))
    return [line for line in (street, parts.text("complement")) if line]


def _present(part: Fields, *names: str) -> list[str]:
    return list(filter(None, map(part.text, names)))
