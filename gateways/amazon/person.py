"""Buyer and address, which both versions of the Orders API write with the same names but for the case."""

from gateways.amazon.fields import Fields
from gateways.amazon.money import Told
from gateways.amazon.payload import told


def read_buyer(buyer: Fields) -> Told | None:
    """Read BuyerInfo (v0) or buyer (2026-01-01), nothing when it tells nothing."""
    return told({"name": buyer.text("buyerName"), "email": buyer.text("buyerEmail")}) or None


def read_address(address: Fields) -> Told | None:
    """Read an address, nothing without a country: Amazon tells a part of it while an order is pending."""
    country = address.text("countryCode")
    if country is None:
        return None
    districts = ("municipality", "districtOrCounty", "district", "county")
    district = next(filter(None, map(address.text, districts)), None)
    return told(
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


def _lines(address: Fields) -> Told:
    """Return the lines that are told, the first as `line1`: German buyers may fill the second line only."""
    lines = filter(None, map(address.text, ("addressLine1", "addressLine2", "addressLine3")))
    return dict(zip(("line1", "line2", "line3"), lines, strict=False))
