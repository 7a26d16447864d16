"""Sums of money, and prices with the tax taken apart."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pydantic import ValidationError

from gateways.errors import UnreadableInputError
from schemas.money import Money

Facts = dict[str, object]
"""The facts of an item or an order under our names, before they are checked; `None` is not told."""

ADDED_AMOUNTS = ("item_price", "item_tax", "shipping_price", "shipping_tax")

DISCOUNT_TAX = {"item_tax": "item_discount_tax", "shipping_tax": "shipping_discount_tax"}
"""What a reader adds to the facts of an item for `with_tax_apart`: the tax on its discounts, by the tax it lessens."""


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
    return add(*(_money(item, name) for name in ADDED_AMOUNTS), negative(_money(item, "discount")))


def lines_total(items: Sequence[Mapping[str, object]]) -> Money | None:
    """Return what the lines come to together, nothing unless the price of each is told."""
    if not items or any(_money(item, "item_price") is None for item in items):
        return None
    return add(*(line_total(item) for item in items))


def separate_tax(items: list[Facts], total: Money | None, *, contained: bool) -> list[Facts]:
    """Return the items with prices and discounts without tax and the tax that is due, as `Item` wants them.

    The order's total tells how Amazon means its amounts. Where tax comes on top (United States), the tax on a discount
    is either taken off by the total or not in the taxes at all. Where prices are shown with tax (Europe, Japan), prices
    and discounts contain the taxes beside them. Without a total *contained* says whether they do.
    """
    if total is None:
        way = _tax_separated if contained else _discount_tax_subtracted
        return [way(item) for item in items]
    for way in (_without_discount_taxes, _discount_tax_subtracted, _tax_separated):
        reckoned = [way(item) for item in items]
        if lines_total(reckoned) == total:
            return reckoned
    return [_without_discount_taxes(item) for item in items]


def _without_discount_taxes(item: Facts) -> Facts:
    return {name: value for name, value in item.items() if name not in DISCOUNT_TAX.values()}


def _discount_tax_subtracted(item: Facts) -> Facts:
    """Return the item with the tax on its discounts taken off its taxes."""
    return _without_discount_taxes(item) | {
        tax: add(_money(item, tax), negative(_money(item, discount_tax))) for tax, discount_tax in DISCOUNT_TAX.items()
    }


def _tax_separated(item: Facts) -> Facts:
    """Return the item with the taxes taken out of its prices and discounts that contain them."""
    due = _discount_tax_subtracted(item)
    discount = add(_money(item, "discount"), *(negative(_money(item, name)) for name in DISCOUNT_TAX.values()))
    return without_tax(item) | {"discount": discount} | {tax: due[tax] for tax in DISCOUNT_TAX}


def without_tax(item: Facts) -> Facts:
    """Return the item with the taxes taken out of its prices."""
    return _without_discount_taxes(item) | {
        name: add(price, negative(_money(item, tax))) if (price := _money(item, name)) else None
        for name, tax in (("item_price", "item_tax"), ("shipping_price", "shipping_tax"))
    }


def _money(item: Mapping[str, object], name: str) -> Money | None:
    value = item.get(name)
    return value if isinstance(value, Money) else None
