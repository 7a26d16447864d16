"""Orders whose amounts do not add up and that are imported all the same: replacements, and totals that staff accept.

A replacement order is free of charge (Orders API v0, ReplacedOrderId): without prices, and with a total of 0 or none,
it costs 0.00. Every other total is accepted by a person, for the quantities that the order has then.
"""

from decimal import ROUND_DOWN, Decimal

from handlers.rules.fold_total import reported_totals
from handlers.rules.totals import LIMIT, ZERO, Amounts, Totals, compute_totals
from schemas.blockers import Blocker
from schemas.line import Line
from schemas.marketplaces import currency_of
from schemas.money import LINE_AMOUNTS, Money
from schemas.order import Order

_AMOUNTS = (*LINE_AMOUNTS, "discount")


def importable_totals(order: Order) -> Totals | Blocker:
    """Return the amounts to create the order with, or the blocker: amounts do not add up, and nobody accepted them."""
    computed = compute_totals(order)
    if isinstance(computed, Totals):
        return computed
    total = accepted_total(order) or _replacement_total(order)
    return _spread(order, total) if total else computed


def accepted_total(order: Order) -> Money | None:
    """Return the accepted total while it is valid: the quantities are the same, and Amazon reports no other total."""
    accepted = order.accepted_total
    if accepted is None or accepted.quantities != order.quantities:
        return None
    return accepted.total if order.order_total in (None, accepted.total) else None


def currency_in(order: Order) -> str | None:
    """Return the currency of Amazon's total, else of the lines, else of the marketplace; None where none is known."""
    amounts = [order.order_total, *(money for line in order.priced_lines for money in _known(line).values())]
    return next((money.currency for money in amounts if money), None) or currency_of(order.marketplace_id)


def _replacement_total(order: Order) -> Money | None:
    amounts = [*reported_totals(order), *(money for line in order.priced_lines for money in _known(line).values())]
    is_free = order.replaces_order_id is not None and not any(money.amount for money in amounts)
    currency = currency_in(order)
    return Money(currency=currency, amount=Decimal("0.00")) if is_free and currency else None


def _known(line: Line) -> dict[str, Money]:
    amounts = {name: getattr(line, name) for name in _AMOUNTS}
    return {name: money for name, money in amounts.items() if money is not None}


def _spread(order: Order, total: Money) -> Totals:
    """Return the total with lines that add up to it.

    Lines keep Amazon's amounts, and share the difference: missing prices, else a part of each price or discount.
    Amounts that no order can have (negative, too large, in another currency) are left out; the lines then share the
    total.
    """
    lines = order.priced_lines
    amounts = [_amounts(line) for line in lines]
    if not all(_is_usable(line, total.currency) for line in lines) or _sum(amounts) >= LIMIT:
        amounts = [(ZERO, ZERO, ZERO, ZERO) for _ in lines]
    difference = total.amount - _sum(amounts)
    shares = _shares(abs(difference), _weights(lines, amounts, difference), total.amount)
    column = 0 if difference > 0 else 3
    added = [
        (*row[:column], row[column] + share, *row[column + 1 :]) for row, share in zip(amounts, shares, strict=True)
    ]
    money = [Amounts(*(Money(currency=total.currency, amount=amount) for amount in row)) for row in added]
    return Totals(total, {line.order_item_id: row for line, row in zip(lines, money, strict=True)})


def _amounts(line: Line) -> tuple[Decimal, ...]:
    """Return a line's price, tax, shipping and discount, in the order of `Amounts`; an unknown amount is 0."""
    amounts = {name: money.amount for name, money in _known(line).items()}
    tax = amounts.get("item_tax", ZERO) + amounts.get("shipping_tax", ZERO)
    return amounts.get("item_price", ZERO), tax, amounts.get("shipping_price", ZERO), amounts.get("discount", ZERO)


def _is_usable(line: Line, currency: str) -> bool:
    return all(money.currency == currency and money.amount >= 0 for money in _known(line).values())


def _sum(rows: list[tuple[Decimal, ...]]) -> Decimal:
    return sum((price + tax + shipping - discount for price, tax, shipping, discount in rows), ZERO)


def _weights(lines: tuple[Line, ...], amounts: list[tuple[Decimal, ...]], difference: Decimal) -> list[Decimal]:
    """Return each line's weight for its share of the difference."""
    unpriced = [Decimal(line.quantity) if line.item_price is None else ZERO for line in lines]
    if difference > 0 and any(unpriced):
        return unpriced
    sums = [max(_sum([row]), ZERO) for row in amounts]
    return sums if any(sums) else [Decimal(line.quantity) for line in lines]


def _shares(amount: Decimal, weights: list[Decimal], like: Decimal) -> list[Decimal]:
    """Return an amount's shares by weight, with as many decimals as it or *like* has; the last one gets the rest."""
    unit = Decimal(1).scaleb(min(int(number.as_tuple().exponent) for number in (amount, like)))
    whole = sum(weights, ZERO) or Decimal(1)
    shares = [(amount * weight / whole).quantize(unit, ROUND_DOWN) for weight in weights]
    last = max(place for place, weight in enumerate(weights) if weight or place == 0)
    shares[last] += amount - sum(shares, ZERO)
    return shares
