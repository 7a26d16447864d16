"""Creating an order through a cart, which reserves its stock, and rewriting it with Amazon's amounts.

The cart's id is the key of repetition: a cart can be placed only once. Crossdock records the id before it adds an item
(`attempts`), and a later attempt goes on with that cart: it adds missing items and places the cart, or finds the order
that the cart was placed as.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateways.commerce.answers import Entity
from gateways.commerce.attempts import Attempt, Attempts, EarlierAttemptError
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.entities import Payment, comments, customer, item_amounts, order_amounts
from gateways.commerce.errors import message_of
from gateways.errors import CallFailedError, CallRefusedError
from schemas.errors import RetryableError
from schemas.gateway_requests import CreateOrder, OrderLine
from schemas.order import OrderKey

GONE = "No such entity with %fieldName"
"""The beginning of the refusal of a cart that was placed before, or does not exist."""

Wanted = Mapping[str, tuple[str, int]]
"""SKU and quantity of products, by the SKU without case: Commerce may answer in another spelling."""


class CartChangedError(RetryableError):
    """A cart has other contents than it was given, by a call that was believed lost: the next attempt takes another."""

    is_outage = False


class Earlier(NamedTuple):
    """The state of an order's latest attempt: its cart with the items, by SKU without case, or the cart's order."""

    attempt: Attempt | None = None
    in_cart: Mapping[str, float] | None = None
    order: Entity | None = None


@dataclass(frozen=True, slots=True)
class Carts:
    """The carts of one shop's orders."""

    client: CommerceClient
    attempts: Attempts
    payment: Payment

    def earlier(self, key: OrderKey, purpose: Purpose) -> Earlier:
        """Return where the latest attempt stood. Raises EarlierAttemptError while its cart is being placed."""
        attempt = self.attempts.latest(key)
        if attempt is None or not attempt.cart_id:
            return Earlier(attempt)
        cart = self.client.cart(attempt.cart_id, purpose)
        if cart and cart.is_active:
            return Earlier(attempt, cart.quantities)
        if order := self._order_of(attempt, purpose):
            return Earlier(attempt, order=order)
        left = self.attempts.seconds_left(attempt)
        if cart or left:
            raise EarlierAttemptError(key, left)
        return Earlier(attempt)  # Commerce has deleted the cart, as it does with old ones

    def place(self, request: CreateOrder, address: Mapping[str, Any], earlier: Earlier, purpose: Purpose) -> Entity:
        """Fill a cart and place it, and return the order, which has the catalog's prices yet."""
        wanted = {name: (lines[0].sku, _quantity(lines)) for name, lines in lines_by_sku(request).items()}
        attempt = self._filled(request, wanted, earlier, purpose)
        carrier, _, method = self.payment.shipping_method.partition("_")
        information = {"shipping_address": address, "billing_address": address}
        methods = {"shipping_carrier_code": carrier, "shipping_method_code": method}
        in_cart = self.client.set_shipping(attempt.cart_id, {**information, **methods}, purpose)
        if in_cart != sum(quantity for _, quantity in wanted.values()):
            raise CartChangedError(f"The cart of order {request.key[1]} was changed; the next attempt takes another.")
        return self._placed(request, attempt, purpose)

    def _placed(self, request: CreateOrder, attempt: Attempt, purpose: Purpose) -> Entity:
        """Place a cart; one that was placed before, by a call whose answer was lost, has its order already."""
        self.attempts.begin_placing(request.key, attempt)
        try:
            order_id = self.client.place(attempt.cart_id, self.payment.payment_method, purpose)
        except (CallRefusedError, CallFailedError) as error:
            if isinstance(error, CallRefusedError) and not is_gone(error):
                raise
            if order := self._order_of(attempt, purpose):
                return order
            raise
        return self.client.order(order_id, purpose)

    def _order_of(self, attempt: Attempt, purpose: Purpose) -> Entity | None:
        found = self.client.orders("quote_id", {str(attempt.cart_id)}, purpose)
        return found[0] if found else None

    def _filled(self, request: CreateOrder, wanted: Wanted, earlier: Earlier, purpose: Purpose) -> Attempt:
        """Return an attempt whose cart has the wanted items: the earlier one, if its cart has nothing else."""
        view, attempt, in_cart = request.settings.commerce_store_view, earlier.attempt, earlier.in_cart
        is_usable = in_cart is not None and all(name in wanted and wanted[name][1] == in_cart[name] for name in in_cart)
        if attempt is None or not is_usable or attempt.store_view != view:
            in_cart, attempt = {}, Attempt(self.client.create_cart(view, purpose), view)
            self.attempts.keep_cart(request.key, attempt, instead_of=earlier.attempt)
        self._add(attempt.cart_id, {n: one for n, one in wanted.items() if n not in (in_cart or {})}, purpose)
        return attempt

    def _add(self, cart_id: int, lacking: Wanted, purpose: Purpose) -> None:
        """Add missing items to a cart. To add them twice would double it, so after a lost answer the cart is read."""
        for name, (sku, quantity) in lacking.items():
            try:
                self.client.add_to_cart(cart_id, {"sku": sku, "qty": quantity}, purpose)
            except CallFailedError:
                cart = self.client.cart(cart_id, purpose)
                if not cart or name not in cart.quantities:
                    raise


def rewrite(client: CommerceClient, order: Entity, request: CreateOrder, purpose: Purpose) -> Entity:
    """Give a placed order Amazon's id, amounts, buyer and status. Its number and quantities stay: they are reserved."""
    by_sku = lines_by_sku(request)
    kept = ("item_id", "product_id", "product_type", "sku", "qty_ordered")
    items = [
        item_amounts(by_sku[name]) | {field: item[field] for field in kept if field in item}
        for item in order["items"]
        if (name := str(item.get("sku")).casefold()) in by_sku
    ]
    zero = (
        "shipping_tax_amount",
        "base_shipping_tax_amount",
        "shipping_discount_amount",
        "base_shipping_discount_amount",
    )
    return client.save_order(
        {
            "entity_id": order["entity_id"],
            "increment_id": order["increment_id"],
            "store_id": order.get("store_id"),
            "ext_order_id": request.key[1],
            "state": "processing",
            "status": request.status,
            **customer(request),
            **order_amounts(request),
            **comments(request, int(order["entity_id"])),
            **dict.fromkeys(zero, 0),
            "items": items,
        },
        purpose,
    )


def lines_by_sku(request: CreateOrder) -> dict[str, list[OrderLine]]:
    """Return an order's lines by product, its SKU without case: a cart has one item for each."""
    by_sku: dict[str, list[OrderLine]] = defaultdict(list)
    for line in request.lines:
        by_sku[line.sku.casefold()].append(line)
    return dict(by_sku)


def is_gone(error: CallRefusedError) -> bool:
    """Tell whether a cart was refused because it was placed before, or does not exist."""
    return message_of(error.reply).startswith(GONE)


def _quantity(lines: list[OrderLine]) -> int:
    return sum(line.quantity for line in lines)
