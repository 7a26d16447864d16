"""Parses one row of an order report: an order line, and the facts of the order that the row repeats."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TypeVar

from pydantic import ValidationError

from gateways.amazon.marketplaces import marketplace_id, shows_prices_with_tax
from gateways.amazon.money import Facts, add, unsigned, without_tax
from gateways.amazon.payload import ORDER_ID, reported
from gateways.amazon.reports.dates import read_moment
from gateways.amazon.reports.instructions import RowInstructions
from gateways.amazon.reports.values import (
    is_shipping,
    read_amount,
    read_channel,
    read_quantity,
    read_status,
    read_truth,
)
from gateways.errors import UnreadableInputError
from schemas.amazon_report import Item
from schemas.money import Money
from schemas.status import AmazonStatus
from schemas.validation_text import describe_errors

Cells = Mapping[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Row:
    """A parsed row: the status is the order's, and the item may be canceled in an order that is not.

    `item` lacks its order_item_id where the report has no such column.
    """

    line: int
    order_id: str
    status: AmazonStatus
    changed_at: datetime
    facts: Facts
    item: Facts
    is_canceled: bool
    instructions: RowInstructions


def order_id(cells: Cells) -> str:
    """Return the id of the row's order. Raises UnreadableInputError."""
    text = cells.get("amazon-order-id", "")
    if not ORDER_ID.fullmatch(text):
        raise UnreadableInputError("amazon-order-id is no Amazon order id (3-7-7).")
    return text


def read_row(cells: Cells, line: int, *, day_first: bool) -> Row:
    """Parse a row; *day_first* is the order of day and month in its report.

    Raises UnreadableInputError that names the column and its fault.
    """
    status = _required(cells, "order-status", read_status)
    moment = partial(read_moment, day_first=day_first)
    purchased = _required(cells, "purchase-date", moment)
    changed = _optional(cells, "last-updated-date", moment) or purchased
    item_status = _item_status(cells)
    canceled = AmazonStatus.CANCELED in (status, item_status)
    is_shipped = (item_status or status) is AmazonStatus.SHIPPED and not canceled
    item = _item(cells, is_shipped)
    if (is_shipped or item["quantity_shipped"]) and is_shipping(cells["order-status"]):
        # A line of it is shipped by its own status, so the order cannot be canceled any more.
        status = AmazonStatus.PARTIALLY_SHIPPED
    marketplace = _required(cells, "sales-channel", marketplace_id)
    return Row(
        line=line,
        order_id=order_id(cells),
        status=status,
        changed_at=changed,
        facts=_facts(cells) | {"purchase_date": purchased, "marketplace_id": marketplace},
        item=without_tax(item) if shows_prices_with_tax(marketplace) else item,
        is_canceled=canceled,
        instructions=RowInstructions(cells, moment, _money(cells, "cod-collectible-amount")),
    )


def _item_status(cells: Cells) -> AmazonStatus | None:
    """Return the line's own status, None for an unknown one: it is a fact of the line, and never of the order."""
    try:
        return _optional(cells, "item-status", read_status)
    except UnreadableInputError:
        return None


def _facts(cells: Cells) -> Facts:
    return {
        "fulfillment_channel": _required(cells, "fulfillment-channel", read_channel),
        "ship_service_level": cells.get("ship-service-level"),
        "is_business": _optional(cells, "is-business-order", read_truth),
        "buyer": reported({"name": cells.get("buyer-name"), "email": cells.get("buyer-email")}) or None,
        "shipping_address": _address(cells),
    }


def _address(cells: Cells) -> Facts | None:
    """Parse the address, of which most reports have a part only; None without a country."""
    country = cells.get("ship-country")
    if country is None:
        return None
    return reported(
        {
            "name": cells.get("recipient-name"),
            "line1": cells.get("ship-address-1"),
            "line2": cells.get("ship-address-2"),
            "line3": cells.get("ship-address-3"),
            "phone": cells.get("ship-phone-number"),
            "city": cells.get("ship-city"),
            "region": cells.get("ship-state"),
            "postal_code": cells.get("ship-postal-code"),
            "country_code": country.upper(),
        }
    )


def _item(cells: Cells, shipped: bool) -> Facts:
    """Parse the order line; all amounts are for the line. Gift wrap is added to the item price, as for Orders v0."""
    quantity = _required(cells, "quantity", read_quantity)
    item: Facts = {
        "order_item_id": cells.get("amazon-order-item-id"),
        "seller_sku": _required(cells, "sku", str),
        "asin": cells.get("asin"),
        "title": cells.get("product-name"),
        "quantity": quantity,
        "quantity_shipped": quantity if shipped else _optional(cells, "quantity-shipped", read_quantity),
        "item_price": add(_money(cells, "item-price"), _money(cells, "gift-wrap-price")),
        "item_tax": add(_money(cells, "item-tax"), _money(cells, "gift-wrap-tax")),
        "shipping_price": _money(cells, "shipping-price"),
        "shipping_tax": _money(cells, "shipping-tax"),
        "discount": add(
            unsigned(_money(cells, "item-promotion-discount")), unsigned(_money(cells, "ship-promotion-discount"))
        ),
    }
    try:
        Item.model_validate(reported({"order_item_id": "none"} | reported(item)))
    except ValidationError as error:
        raise UnreadableInputError(f"{describe_errors(error)}.") from None
    return item


def _money(cells: Cells, name: str) -> Money | None:
    """Parse an amount. Exports write a missing amount as 0 without currency."""
    amount: Decimal | None = _optional(cells, name, read_amount)
    if amount is None or (amount == 0 and "currency" not in cells):
        return None
    try:
        return Money.model_validate({"currency": cells.get("currency", "").upper(), "amount": amount})
    except ValidationError:
        raise UnreadableInputError(f"{name} is given, but its currency is missing or the amount too large.") from None


def _required(cells: Cells, name: str, reader: Callable[[str], Value]) -> Value:
    value = _optional(cells, name, reader)
    if value is None:
        raise UnreadableInputError(f"{name} is missing.")
    return value


def _optional(cells: Cells, name: str, reader: Callable[[str], Value | None]) -> Value | None:
    try:
        return reader(cells[name]) if name in cells else None
    except UnreadableInputError as error:
        raise UnreadableInputError(f"{name} {error}.") from None
