"""Sums of Amazon's amounts, and the separation of tax from prices."""

from collections.abc import Mapping, Sequence

from gateways.errors import UnreadableInputError
from schemas.money import Money, MoneyError, add_money, total_of_lines

Facts = dict[str, object]
"""The facts of an item or an order under our field names, not validated yet; `None` is missing."""

DISCOUNT_TAX = {"item_tax": "item_discount_tax", "shipping_tax": "shipping_discount_tax"}
"""Additional facts of an item for `separate_tax`: the tax on its discounts, by the tax that it reduces."""


def add(*amounts: Money | None) -> Money | None:
    """Return the sum of the amounts that are known, None when none is. Raises UnreadableInputError."""
    try:
        return add_money(amounts)
    except MoneyError as error:
        raise UnreadableInputError(f"Its {error}.") from None


def negative(amount: Money | None) -> Money | None:
    """Return the amount with the opposite sign."""
    return None if amount is None else Money(currency=amount.currency, amount=-amount.amount)


def unsigned(amount: Money | None) -> Money | None:
    """Return the amount without sign: Amazon writes discounts with a minus in some formats and without in others."""
    return None if amount is None else Money(currency=amount.currency, amount=abs(amount.amount))


def lines_total(items: Sequence[Facts]) -> Money | None:
    """Return the sum of the lines, None unless every price is known. Raises UnreadableInputError."""
    try:
        return total_of_lines(items)
    except MoneyError as error:
        raise UnreadableInputError(f"Its {error}.") from None


def separate_tax(items: list[Facts], total: Money | None, *, contained: bool) -> list[Facts]:
    """Return the items with prices and discounts without tax, and with the tax that is due, as `Item` requires.

    The order's total shows whether Amazon's amounts include tax. Where tax is added to prices (United States), the tax
    on a discount is either subtracted in the total or not part of the taxes. Where prices include tax (Europe, Japan),
    so do discounts. Without a total, *contained* states whether prices include tax.
    """
    if total is None:
        convert = _tax_separated if contained else _discount_tax_subtracted
        return [convert(item) for item in items]
    for convert in (_without_discount_taxes, _discount_tax_subtracted, _tax_separated):
        converted = [convert(item) for item in items]
        if lines_total(converted) == total:
            return converted
    return [_without_discount_taxes(item) for item in items]


def _without_discount_taxes(item: Facts) -> Facts:
    return {name: value for name, value in item.items() if name not in DISCOUNT_TAX.values()}


def _discount_tax_subtracted(item: Facts) -> Facts:
    """Return the item with the tax on its discounts subtracted from its taxes."""
    return _without_discount_taxes(item) | {
        tax: add(_money(item, tax), negative(_money(item, discount_tax))) for tax, discount_tax in DISCOUNT_TAX.items()
    }


def _tax_separated(item: Facts) -> Facts:
    """Return the item with the taxes subtracted from the prices and discounts that include them."""
    due = _discount_tax_subtracted(item)
    discount = add(_money(item, "discount"), *(negative(_money(item, name)) for name in DISCOUNT_TAX.values()))
    return without_tax(item) | {"discount": discount} | {tax: due[tax] for tax in DISCOUNT_TAX}


def without_tax(item: Facts) -> Facts:
    """Return the item with the taxes subtracted from its prices."""
    return _without_discount_taxes(item) | {
        name: add(price, negative(_money(item, tax))) if (price := _money(item, name)) else None
        for name, tax in (("item_price", "item_tax"), ("shipping_price", "shipping_tax"))
    }


def _money(item: Mapping[str, object], name: str) -> Money | None:
    value = item.get(name)
    return value if isinstance(value, Money) else None
