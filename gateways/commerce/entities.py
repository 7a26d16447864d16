"""The order that Commerce is to create, with Amazon's amounts: the exact body of the call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.gateway_requests import ChangeAddress, CreateOrder, OrderLine, ProductIdentity

FINEST = Decimal("0.0001")
"""Commerce keeps four places of a price."""


@dataclass(frozen=True, slots=True)
class Payment:
    """The payment and shipping methods of orders: codes of methods that the store view has enabled."""

    payment_method: str = "checkmo"
    shipping_method: str = "flatrate_flatrate"


def order_amounts(request: CreateOrder) -> dict[str, Any]:
    """Return the order's amounts, in its currency and in the shop's, which are taken as the same."""
    shipping, discount = _sum(line.shipping.amount for line in request.lines), _discount(request.lines)
    subtotal = _sum(line.price.amount for line in request.lines)
    total = request.total.amount
    amounts = {
        "subtotal": subtotal,
        "tax_amount": total - subtotal - shipping + discount,
        "shipping_amount": shipping,
        "discount_amount": -discount,
        "grand_total": total,
        "total_due": total,
    }
    currency = request.total.currency
    codes = ("order_currency_code", "base_currency_code", "store_currency_code", "global_currency_code")
    rates = dict.fromkeys(("base_to_global_rate", "base_to_order_rate"), 1)
    return _both(amounts) | dict.fromkeys(codes, currency) | rates


def item_amounts(lines: Sequence[OrderLine], *, with_amounts: bool = True) -> dict[str, Any]:
    """Return the fields of the item that stands for lines of one product."""
    quantity = sum(line.quantity for line in lines)
    texts = {"sku": lines[0].sku, "name": lines[0].title[:255], "ext_order_item_id": _joined(lines)}
    if not with_amounts:
        return texts
    price, tax = _sum(line.price.amount for line in lines), _sum(line.tax.amount for line in lines)
    each, each_with_tax = (price / quantity).quantize(FINEST), ((price + tax) / quantity).quantize(FINEST)
    amounts = {
        "price": each,
        "original_price": each,
        "row_total": price,
        "tax_amount": tax,
        "discount_amount": _discount(lines),
        "price_incl_tax": each_with_tax,
        "row_total_incl_tax": price + tax,
    }
    return texts | {"qty_ordered": quantity} | _both(amounts)


def new_item(line: OrderLine, product: ProductIdentity, *, shipped: bool) -> dict[str, Any]:
    """Return an item of an order that is created as it is sent; *shipped*: Amazon has shipped it."""
    ended = dict.fromkeys(("qty_shipped", "qty_invoiced"), line.quantity) if shipped else {}
    return item_amounts([line]) | product._asdict() | ended


def new_order(request: CreateOrder, store_id: int, items: Sequence[dict[str, Any]], payment: Payment) -> dict[str, Any]:
    """Return an order that is created as it is sent, without addresses."""
    state = "complete" if request.complete else "processing"
    number = {"increment_id": request.number} if request.number else {}
    return {
        **number,
        # Without `store_id` two orders may have one number.
        "store_id": store_id,
        "ext_order_id": request.key[1],
        "state": state,
        "status": request.status,
        "customer_is_guest": 1,
        **customer(request),
        **order_amounts(request),
        **(_paid(request) if request.complete else {}),
        "total_qty_ordered": sum(line.quantity for line in request.lines),
        "is_virtual": 0,
        "shipping_description": "Amazon",
        "items": list(items),
        # Adobe's description demands the three empty fields.
        "payment": {
            "method": payment.payment_method,
            "account_status": "",
            "additional_information": [],
            "cc_last4": "",
        },
        **comments(request),
    }


def comments(request: CreateOrder, order_id: int = 0) -> dict[str, Any]:
    """Return the order's instructions as comments that only the shop's staff sees; saved together with the order."""
    hidden = {"is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": order_id}
    return {"status_histories": [{"comment": instruction.text, **hidden} for instruction in request.instructions]}


def customer(request: CreateOrder | ChangeAddress) -> dict[str, Any]:
    """Return who the order is for: Amazon's mailbox of the buyer, and their name as far as it is known."""
    buyer, address = request.personal.buyer, request.personal.shipping_address
    name = (address.name if address else None) or (buyer.name if buyer else None) or "Amazon Customer"
    first, _, last = name.rpartition(" ")
    email = (buyer.email if buyer else None) or f"{request.key[1]}@marketplace.invalid"
    return {"customer_email": email, "customer_firstname": first or last, "customer_lastname": last}


def with_addresses(entity: dict[str, Any], address: dict[str, Any], shipping_method: str) -> dict[str, Any]:
    """Return an order with the address that it is shipped and billed to."""
    shipping = {"address": {**address, "address_type": "shipping"}, "method": shipping_method}
    assignments = {"shipping_assignments": [{"shipping": shipping, "items": []}]}
    return {**entity, "billing_address": {**address, "address_type": "billing"}, "extension_attributes": assignments}


def _paid(request: CreateOrder) -> dict[str, Any]:
    """Return the totals without which Commerce closes a complete order."""
    total = request.total.amount
    return _both({"total_paid": total, "total_invoiced": total, "total_due": Decimal(0)})


def _both(amounts: dict[str, Decimal]) -> dict[str, Any]:
    """Return amounts as numbers, in the order's currency and in the shop's."""
    numbers = {name: float(amount) for name, amount in amounts.items()}
    no_base = {"price_incl_tax"}
    return numbers | {f"base_{name}": number for name, number in numbers.items() if name not in no_base}


def _joined(lines: Sequence[OrderLine]) -> str:
    return ",".join(line.order_item_id for line in lines)[:255]


def _discount(lines: Iterable[OrderLine]) -> Decimal:
    return _sum(abs(line.discount.amount) for line in lines)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
