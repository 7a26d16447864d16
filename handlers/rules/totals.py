"""Totals: an order's lines must add up to Amazon's total before they are created in Commerce."""

from dataclasses import dataclass
from decimal import Decimal

from handlers.rules import blockers
from handlers.rules.fold_total import has_outdated_total, present_since
from handlers.rules.reckoning import mismatch
from schemas.blockers import Blocker
from schemas.line import Line
from schemas.money import Money
from schemas.order import Order

ZERO = Decimal(0)

LIMIT = Decimal(10) ** 12
"""The bound of amounts that can be stored. Every amount that Amazon reports is below it; a computed one may not be."""

OUTDATED = "Amazon reported the amounts for other quantities or other lines than the order has now"


@dataclass(frozen=True, slots=True)
class Amounts:
    """The amounts of a line, for the whole line; price and shipping are without tax."""

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
    """Return the amounts to create the order with, or the blocker with the reason why they do not add up.

    Lines add up to the total with their tax, or without it: in marketplaces with value-added tax Amazon's prices
    include the tax that is reported beside them (Orders API v0, OrderItem.ItemTax). Without a total the sum is used;
    where a total was reported for other lines only, the sum of prices that were reported since the lines changed.

    Not `total_of_lines`: a sum that cannot be stored must be shown to people here, and the tax is needed apart.
    """
    if has_outdated_total(order) and not _is_priced_since_change(order):
        return blockers.money(order, OUTDATED)
    if order.removed_lines:
        order = order.model_copy(update={"lines": order.priced_lines})
    currency = _currency(order)
    if currency is None:
        return blockers.money(order, _missing(order, "The order's amounts are missing or in several currencies"))
    lines = _priced(order)
    if lines is None:
        return blockers.money(order, _missing(order, "The price of a line is missing"))
    with_tax = sum((_sum(line) for line in lines), ZERO)
    if abs(with_tax) >= LIMIT:
        return blockers.money(order, f"The lines add up to more than {LIMIT:,}, which no order costs")
    without_tax = with_tax - sum((_tax(line) for line in lines), ZERO)
    total = order.order_total.amount if order.order_total else with_tax
    if total not in (with_tax, without_tax):
        return blockers.money(order, mismatch(order, Money(currency=currency, amount=total)))
    return _totals(order, lines, Money(currency=currency, amount=total), tax_included=total != with_tax)


def _is_priced_since_change(order: Order) -> bool:
    """Whether every line's price was reported when the order had its present lines, or under its synthetic id."""
    since, listed_at = present_since(order), order.fact_stamps.get("items", -1)
    if since is None:
        return False
    synthetic = {amazon_id: synthetic_id for synthetic_id, amazon_id in order.amazon_ids.items()}
    priced = (line.order_item_id if line.item_price else synthetic.get(line.order_item_id) for line in order.lines)
    return all(item_id and order.fact_stamps.get(f"{item_id}/item_price", listed_at) >= since for item_id in priced)


def _missing(order: Order, reason: str) -> str:
    """Return why amounts are missing: they were reported for other quantities, else the *reason*."""
    is_outdated = any(line.item_price is None and line.other_amounts for line in order.lines)
    return OUTDATED if is_outdated else reason


def _currency(order: Order) -> str | None:
    currencies = {money.currency for line in order.lines for money in _amounts_of(line)}
    if order.order_total:
        currencies.add(order.order_total.currency)
    return currencies.pop() if len(currencies) == 1 else None


def _amounts_of(line: Line) -> list[Money]:
    amounts = (line.item_price, line.item_tax, line.shipping_price, line.shipping_tax, line.discount)
    return [money for money in amounts if money is not None]


def _priced(order: Order) -> tuple[Line, ...] | None:
    """Return the lines if all have a price, else None. An order's only line gets the price that its total implies."""
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
    """Return the amounts, or the blocker when one is too large to be stored, or negative."""
    computed = {line.order_item_id: _computed(line, tax_included=tax_included) for line in lines}
    if any(abs(amount) >= LIMIT for amounts in computed.values() for amount in amounts):
        return blockers.money(order, f"An amount of a line comes to more than {LIMIT:,}, which no line costs")
    if any(price < 0 or shipping < 0 for price, _, shipping, _ in computed.values()):
        return blockers.money(order, "The price or the shipping of a line comes to less than 0, which no line costs")
    if any(discount < 0 for _, _, _, discount in computed.values()):
        return blockers.money(order, "The discount of a line is less than 0; report it as the amount subtracted")
    return Totals(total, {key: _amounts(total.currency, amounts) for key, amounts in computed.items()})


def _computed(line: Line, *, tax_included: bool) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return a line's price, tax, shipping and discount, in the order of `Amounts`."""
    price, shipping = _amount(line.item_price), _amount(line.shipping_price)
    if tax_included:
        price, shipping = price - _amount(line.item_tax), shipping - _amount(line.shipping_tax)
    return price, _tax(line), shipping, _amount(line.discount)


def _amounts(currency: str, amounts: tuple[Decimal, ...]) -> Amounts:
    return Amounts(*(Money(currency=currency, amount=amount) for amount in amounts))
