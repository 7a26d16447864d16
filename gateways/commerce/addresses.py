"""A shipping address as Commerce takes it, and why it would not."""

from collections.abc import Mapping
from typing import Any

from gateways.commerce.answers import read_as
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.forms import Region
from schemas.errors import PermanentError
from schemas.personal import Address, PersonalData
from schemas.places import POSTAL_CODE_OPTIONAL, REGION_REQUIRED, without_accents

Regions = Mapping[str, tuple[int, str, str]]
"""Id, code and name of a country's regions, by code and name without case and accents."""


class AddressRefusedError(PermanentError):
    """Commerce would refuse the address, or nobody could ship to it: the reason has the field, never its value."""


class AddressBook:
    """Makes addresses for one shop, whose countries and regions it looks up once each."""

    def __init__(self, client: CommerceClient) -> None:
        """Look countries up with *client*."""
        self._client = client
        self._regions: dict[str, Regions | None] = {}

    def address(self, personal: PersonalData, email: str, purpose: Purpose) -> dict[str, Any]:
        """Return the buyer's address with the id of its region. Raises AddressRefusedError."""
        address = personal.shipping_address
        if address is None:
            raise AddressRefusedError("the shipping address is missing")
        name = (address.name or (personal.buyer.name if personal.buyer else None) or "").split()
        fields: dict[str, Any] = {
            "firstname": " ".join(name[:-1]) or (name[0] if name else ""),
            "lastname": name[-1] if name else "",
            "street": [line for line in (address.line1, address.line2, address.line3) if line],
            "city": address.city or "",
            "postcode": address.postal_code or "",
            "country_id": address.country_code,
            "telephone": address.phone or "",
            "email": email,
        }
        _refuse_incomplete(fields)
        if address.company:
            fields["company"] = address.company
        return fields | self._region(address, purpose)

    def _region(self, address: Address, purpose: Purpose) -> dict[str, Any]:
        country = address.country_code
        if country not in self._regions:
            self._regions[country] = self._look_up(country, purpose)
        regions = self._regions[country]
        if regions is None:
            raise AddressRefusedError("the country_code of the shipping address is none that Commerce knows")
        region = regions.get(without_accents(address.region or ""))
        if region:
            number, code, name = region
            return {"region": name, "region_code": code, "region_id": number}
        if country in REGION_REQUIRED and regions:
            problem = f"the region of the shipping address is none that Commerce knows in {country}"
            raise AddressRefusedError(problem)
        return {"region": address.region} if address.region else {}

    def _look_up(self, country: str, purpose: Purpose) -> Regions | None:
        entity = self._client.country(country, Purpose("look up a country", purpose.order))
        if entity is None:
            return None
        entries = [read_as(Region, region, "id", "code", "name") for region in entity.get("available_regions") or ()]
        regions = [(int(r["id"]), str(r["code"]), str(r["name"])) for r in entries]
        return {without_accents(word): region for region in regions for word in region[1:]}


def _refuse_incomplete(fields: Mapping[str, Any]) -> None:
    """Raise AddressRefusedError with the first field that Commerce demands and the address lacks."""
    ours = {"firstname": "name", "street": "line1", "city": "city", "postcode": "postal_code", "telephone": "phone"}
    for field, name in ours.items():
        optional = field == "postcode" and fields["country_id"] in POSTAL_CODE_OPTIONAL
        if not fields[field] and not optional:
            raise AddressRefusedError(f"the shipping address lacks {name}")
