"""Money fidelity: an order's lines must add up to Amazon's total before Commerce gets them."""

from dataclasses import dataclass
from decimal import Decimal

from handlers.rules import blockers
from schemas.blockers import Blocker
from schemas.line import Line
from schemas.money import Money
from schemas.order import Order

ZERO = Decimal(0)

LIMIT = Decimal(10) ** 12
"""What amounts are kept up to; each that Amazon tells is below it, and what is reckoned from them may be above."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a line costs, for the whole line: price without tax where tax is apart."""

    price: Money
    tax: Money
    shipping: Money
    discount: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """An order's total and its lines' amounts by order item id."""

    total: Money
    lines: dict[str, Amounts]


def compute_totals(order: Order) -> Totals | Blocker:
    """Return the amounts to create the order with, or the blocker that says how they fail to add up.

    Lines add up to the total with their tax, or without it: in marketplaces with value-added tax Amazon's prices
    include the tax that it names (Orders API v0, OrderItem.ItemTax). A total that is not told is the sum.
    """
    if order.removed_lines:
        order = order.model_copy(update={"lines": order.priced_lines})
    currency = _currency(order)
    if currency is None:
        return blockers.money(order, "The order's amounts are missing or in several currencies")
    lines = _priced(order)
    if lines is None:
        return blockers.money(order, "The price of a line is missing")
    apart = sum((_sum(line) for line in lines), ZERO)
    if abs(apart) >= LIMIT:
        return blockers.money(order, f"The lines add up to more than {LIMIT:,}, which no order costs")
    included = apart - sum((_tax(line) for line in lines), ZERO)
    total = order.order_total.amount if order.order_total else apart
    if total not in (apart, included):
        return blockers.money(order, f"The lines add up to {apart} {currency}, Amazon's total is {total} {currency}")
    return _totals(order, lines, Money(currency=currency, amount=total), tax_included=total != apart)


def _currency(order: Order) -> str | None:
    found = {money.currency for line in order.lines for money in _moneys(line)}
    if order.order_total:
        found.add(order.order_total.currency)
    return found.pop() if len(found) == 1 else None


def _moneys(line: Line) -> list[Money]:
    told = (line.item_price, line.item_tax, line.shipping_price, line.shipping_tax, line.discount)
    return [money for money in told if money is not None]


def _priced(order: Order) -> tuple[Line, ...] | None:
    """Return the lines, all with a price. The only line of an order gets what the total leaves for it."""
    missing = [line for line in order.lines if line.item_price is None]
    if not missing:
        return order.lines
    if len(order.lines) > 1 or order.order_total is None:
        return None
    price = order.order_total.amount - _sum(order.lines[0])
    return (order.lines[0].model_copy(update={"item_price": order.order_total.model_copy(update={"amount": price})}),)


def _amount(money: Money | None) -> Decimal:
    return money.amount if money else ZERO


def _tax(line: Line) -> Decimal:
    return _amount(line.item_tax) + _amount(line.shipping_tax)


def _sum(line: Line) -> Decimal:
    return _amount(line.item_price) + _tax(line) + _amount(line.shipping_price) - _amount(line.discount)


def _totals(order: Order, lines: tuple[Line, ...], total: Money, *, tax_included: bool) -> Totals | Blocker:
    """Return the amounts, or the blocker where one is above what is kept or less than nothing."""
    reckoned = {line.order_item_id: _computed(line, tax_included=tax_included) for line in lines}
    if any(abs(amount) >= LIMIT for amounts in reckoned.values() for amount in amounts):
        return blockers.money(order, f"An amount of a line comes to more than {LIMIT:,}, which no line costs")
    if any(price < 0 or shipping < 0 for price, _, shipping, _ in reckoned.values()):
        return blockers.money(order, "The price or the shipping of a line comes to less than 0, which no line costs")
    if any(discount < 0 for _, _, _, discount in reckoned.values()):
        return blockers.money(order, "The discount of a line is less than 0; it is told as what is taken off")
    return Totals(total, {key: _amounts(total.currency, amounts) for key, amounts in reckoned.items()})


def _computed(line: Line, *, tax_included: bool) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return a line's price, tax, shipping and discount, in the order of `Amounts`."""
    price, shipping = _amount(line.item_price), _amount(line.shipping_price)
    if tax_included:
        price, shipping = price - _amount(line.item_tax), shipping - _amount(line.shipping_tax)
    return price, _tax(line), shipping, _amount(line.discount)


def _amounts(currency: str, reckoned: tuple[Decimal, ...]) -> Amounts:
    return Amounts(*(Money(currency=currency, amount=amount) for amount in reckoned))
