"""Sums of money, and prices with the tax taken apart."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pydantic import ValidationError

from gateways.errors import UnreadableInputError
from schemas.money import Money

Told = dict[str, object]
"""The facts of an item or an order under our names, before they are checked; `None` is not told."""

ADDED = ("item_price", "item_tax", "shipping_price", "shipping_tax")


def add(*amounts: Money | None) -> Money | None:
    """Return the sum of the amounts that are told, nothing when none is. Raises UnreadableInputError."""
    told = [amount for amount in amounts if amount is not None]
    if not told:
        return None
    if len({amount.currency for amount in told}) > 1:
        raise UnreadableInputError("Its amounts are in different currencies.")
    try:
        return Money(currency=told[0].currency, amount=sum((amount.amount for amount in told), Decimal(0)))
    except ValidationError:
        raise UnreadableInputError("Its amounts add up to more than 12 digits before the point.") from None


def negative(amount: Money | None) -> Money | None:
    """Return the amount with its sign turned."""
    return None if amount is None else Money(currency=amount.currency, amount=-amount.amount)


def unsigned(amount: Money | None) -> Money | None:
    """Return the amount without a sign: discounts are written with a minus in one place and without in another."""
    return None if amount is None else Money(currency=amount.currency, amount=abs(amount.amount))


def line_total(item: Mapping[str, object]) -> Money | None:
    """Return what a line comes to: price, shipping and their taxes less the discount."""
    return add(*(_money(item, name) for name in ADDED), negative(_money(item, "discount")))


def lines_total(items: Sequence[Mapping[str, object]]) -> Money | None:
    """Return what the lines come to together, nothing unless the price of each is told."""
    if not items or any(_money(item, "item_price") is None for item in items):
        return None
    return add(*(line_total(item) for item in items))


def with_tax_apart(items: list[Told], total: Money | None) -> list[Told]:
    """Return the items with prices without tax, as `Item` wants them.

    Where prices are shown with tax (Europe, Japan), Amazon repeats the tax it contains beside the price; the order's
    total tells the two apart.
    """
    if total is None or lines_total(items) == total:
        return items
    apart = [without_tax(item) for item in items]
    return apart if lines_total(apart) == total else items


def without_tax(item: Told) -> Told:
    """Return the item with the taxes taken out of its prices."""
    return item | {
        name: add(price, negative(_money(item, tax))) if (price := _money(item, name)) else None
        for name, tax in (("item_price", "item_tax"), ("shipping_price", "shipping_tax"))
    }


def _money(item: Mapping[str, object], name: str) -> Money | None:
    value = item.get(name)
    return value if isinstance(value, Money) else None
