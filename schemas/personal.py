"""Personal data of a buyer: kept encrypted in the ledger's vault and nowhere else."""

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from schemas.fields import Text
from schemas.instructions import PersonalInstructions
from schemas.value import Value

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


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


class PersonalData(Value):
    """The personal data in the vault for one order."""

    buyer: Buyer | None = None
    shipping_address: Address | None = None
    instructions: PersonalInstructions | None = None
