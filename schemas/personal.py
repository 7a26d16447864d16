"""Personal data of a buyer: kept encrypted in the ledger's vault and nowhere else."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from schemas.fields import Text

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Buyer(BaseModel):
    """Who bought, as far as Amazon tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Text | None = None
    email: Text | None = None


class Address(BaseModel):
    """Where an order goes. The country is an ISO 3166 code of two letters; all else may be missing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

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


EDITABLE_ADDRESS_FIELDS = ("name", "line1", "line2", "line3", "city", "region", "postal_code", "country_code")
"""What an operator may edit: the seven fields of the tab "Order details and shipping" of Amazon order details, and whom
the address is for, without which Commerce takes none."""


class PersonalData(BaseModel):
    """What the vault holds for one order."""

    model_config = ConfigDict(frozen=True)

    buyer: Buyer | None = None
    shipping_address: Address | None = None
