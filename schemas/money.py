"""Money: a currency and an exact decimal amount, never a float; and the sums of an order's amounts."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import core_schema

from schemas.canonical import Canonical
from schemas.value import Value

_CANONICAL = r"^-?[0-9]{1,12}(?:\.[0-9]{1,6})?$"
_FINEST = Decimal("0.000001")


def _without_exponent(amount: Decimal) -> Decimal:
    """Return the amount in a form that is written without an exponent."""
    places = amount.as_tuple().exponent
    return amount.quantize(_FINEST) if isinstance(places, int) and places < -6 else Decimal(format(amount, "f"))


def _written_in_digits(amount: object) -> object:
    """Refuse number literals that only Python knows, such as `"1_000.50"`."""
    if isinstance(amount, str) and ("_" in amount or not amount.isascii()):
        raise ValueError("an amount is written in digits")
    return amount


Amount = Annotated[
    Decimal,
    Field(max_digits=18, decimal_places=6, allow_inf_nan=False),
    AfterValidator(_without_exponent),
    BeforeValidator(_written_in_digits),
    Canonical(
        core_schema.no_info_after_validator_function(Decimal, core_schema.str_schema(pattern=_CANONICAL)),
        error="amount",
        rule="An amount is a decimal number with up to 12 digits before and 6 after the point",
        serialization=core_schema.to_string_ser_schema(),
    ),
    # JSON numbers are accepted too, but not every program keeps them exactly.
    WithJsonSchema({"type": "string", "pattern": _CANONICAL}),
]
"""A decimal that is a plain string in JSON, `"11.01"`."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""


class Money(Value):
    """An amount in a currency, in JSON `{"currency": "USD", "amount": "11.01"}`."""

    currency: Currency
    amount: Amount

    def __str__(self) -> str:
        """Return the amount for people, `11.01 USD`."""
        return f"{self.amount:f} {self.currency}"


LINE_AMOUNTS = ("item_price", "item_tax", "shipping_price", "shipping_tax")
"""The amounts of a line that add to its total; `discount` is subtracted."""


class MoneyError(ValueError):
    """Amounts cannot be added: they are in several currencies, or the sum has more than 12 digits before the point."""


def add_money(amounts: Iterable[Money | None], subtracted: Iterable[Money | None] = ()) -> Money | None:
    """Return the sum of the known amounts, None when none is known. Raises MoneyError."""
    terms = [(money.currency, money.amount) for money in amounts if money is not None]
    terms += [(money.currency, -money.amount) for money in subtracted if money is not None]
    if not terms:
        return None
    currencies = {currency for currency, _ in terms}
    if len(currencies) > 1:
        raise MoneyError("amounts are in different currencies")
    try:
        return Money(currency=currencies.pop(), amount=sum((amount for _, amount in terms), Decimal(0)))
    except ValidationError:
        raise MoneyError("amounts add up to more than 12 digits before the point") from None


def total_of_lines(lines: Sequence[Mapping[str, Any]]) -> Money | None:
    """Return the sum of order lines, each given by its fields; None unless every price is known. Raises MoneyError."""
    if any(line.get("item_price") is None for line in lines):
        return None
    return add_money(
        (line.get(name) for line in lines for name in LINE_AMOUNTS), (line.get("discount") for line in lines)
    )
