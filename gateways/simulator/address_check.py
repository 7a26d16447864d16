"""The simulated Commerce's check of a shipping address, by Commerce's rules."""

from gateways.simulator.countries import COUNTRIES, knows_region
from schemas.personal import Address, PersonalData
from schemas.places import POSTAL_CODE_OPTIONAL, REGION_REQUIRED


def address_refusal(personal: PersonalData) -> str | None:
    """Return why Commerce refuses the address, with the field and never its value; None when it is valid."""
    address = personal.shipping_address
    if address is None:
        return "the shipping address is missing"
    name = address.name or (personal.buyer.name if personal.buyer else None)
    return _unknown(address) or _missing(address, name)


def _missing(address: Address, name: str | None) -> str | None:
    country = address.country_code
    needed = {"name": name, "line1": address.line1, "city": address.city}
    if country not in POSTAL_CODE_OPTIONAL:
        needed["postal_code"] = address.postal_code
    if country in REGION_REQUIRED:
        needed["region"] = address.region
    empty = [field for field, value in needed.items() if not (value or "").strip()]
    return f"the shipping address lacks {' and '.join(empty)}" if empty else None


def _unknown(address: Address) -> str | None:
    if address.country_code not in COUNTRIES:
        return "the country_code of the shipping address is no ISO 3166 code"
    region = (address.region or "").strip()
    if region and not knows_region(address.country_code, region):
        return f"the region of the shipping address is none that Commerce knows in {address.country_code}"
    return None
