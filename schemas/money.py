"""Money: a currency and an exact decimal amount, never a float."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints


def _plain(amount: Decimal) -> str:
    return format(amount, "f")


Amount = Annotated[
    Decimal,
    Field(max_digits=18, decimal_places=6, allow_inf_nan=False),
    PlainSerializer(_plain, return_type=str),
]
"""A decimal that is written as a plain string in JSON, `"11.01"`."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""


class Money(BaseModel):
    """An amount in a currency, in JSON `{"currency": "USD", "amount": "11.01"}`."""

    model_config = ConfigDict(frozen=True)

    currency: Currency
    amount: Amount

    def __str__(self) -> str:
        """Write the amount as people read it, `11.01 USD`."""
        return f"{_plain(self.amount)} {self.currency}"
