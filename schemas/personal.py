"""Personal data of a buyer: kept encrypted in the ledger's vault and nowhere else."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.fields import Text
from schemas.instructions import PersonalInstructions
from schemas.value import Value

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


OWN_EVENTS = (
    *("import.requested", "shipment.confirmation_requested", "completion.requested", "cancel.requested"),
    *("commerce.cancel_requested", "reservation.requested", "catalog.changed"),
)
"""Events without personal data: Crossdock's own requests, and those about products. Any other may have some."""


def person_of(event: str, order: tuple[str, str] | None) -> tuple[str, str] | None:
    """Return the order whose buyer a message of this event may be about, None if it is about nobody."""
    return None if event in OWN_EVENTS else order


class Buyer(Value):
    """The buyer, as far as Amazon reports."""

    model_config = ConfigDict(extra="ignore")

    name: Text | None = None
    email: Text | None = None


class Address(Value):
    """A shipping address. The country is an ISO 3166 code of two letters; every other field may be missing."""

    model_config = ConfigDict(extra="ignore")

    name: Text | None = None
    company: Text | None = None
    line1: Text | None = None
    line2: Text | None = None
    line3: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country_code: CountryCode
    phone: Text | None = None


EDITABLE_ADDRESS_FIELDS = (
    *("name", "line1", "line2", "line3", "city", "region", "postal_code", "country_code"),
    *("company", "phone"),
)
"""The fields that an operator may edit: the seven of the tab "Order details and shipping" of Amazon order details; the
recipient's name, without which Commerce accepts no address; and the company and phone, which carriers may need."""


def address_fields(address: Address | None) -> dict[str, str]:
    """Return the fields of an address that an operator may edit, in their order, "" where there is none."""
    return {field: (getattr(address, field) or "") if address else "" for field in EDITABLE_ADDRESS_FIELDS}


class PersonalData(Value):
    """The personal data in the vault for one order."""

    buyer: Buyer | None = None
    shipping_address: Address | None = None
    instructions: PersonalInstructions | None = None

    @property
    def names(self) -> list[str]:
        """The names that the order is found by: the buyer's and the recipient's."""
        named = (self.buyer, self.shipping_address)
        return [person.name for person in named if person and person.name]


ENCRYPTED_FIELDS: Mapping[str, type[BaseModel]] = {
    "buyer": Buyer,
    "shipping_address": Address,
    "personal_instructions": PersonalInstructions,
}
"""Fields of a report that upstream systems may encrypt, each with the model of its content."""

Encrypted = Annotated[str, StringConstraints(pattern=r"^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$", max_length=16_384)]
"""A JWE in compact form (RFC 7516, 7.1), made for the public key of the vault."""

if TYPE_CHECKING:
    # Only `pipeline.personal_data` meets the encrypted form; it decrypts a report before any other code reads it.
    ReportedBuyer = Buyer
    ReportedAddress = Address
    ReportedInstructions = PersonalInstructions
else:
    ReportedBuyer = Annotated[Buyer | Encrypted, Field(union_mode="left_to_right")]
    ReportedAddress = Annotated[Address | Encrypted, Field(union_mode="left_to_right")]
    ReportedInstructions = Annotated[PersonalInstructions | Encrypted, Field(union_mode="left_to_right")]
