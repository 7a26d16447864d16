"""Creating an order through a cart, which reserves its stock, and rewriting it with Amazon's amounts.

The cart's id is the key of repetition: a cart can be placed only once. Crossdock records the id before it adds an item
(`attempts`), and a later attempt goes on with that cart: it adds missing items and places the cart, or finds the order
that the cart was placed as.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog

from gateways.commerce.answers import Entity, sku_key
from gateways.commerce.attempts import CALL_TIME, NEVER, Attempt, Attempts, EarlierAttemptError
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.entities import Payment, comments, customer, item_amounts, order_amounts
from gateways.commerce.errors import message_of
from gateways.commerce.shop_orders import ShopOrder, ShopOrders
from gateways.errors import CallFailedError, CallRefusedError
from schemas.errors import RetryableError
from schemas.gateway_requests import CreateOrder, OrderLine

log = structlog.get_logger(__name__)

NO_SUCH_CART = "No such entity with %fieldName"
"""The beginning of the refusal of a cart that was placed before, or does not exist."""

Wanted = Mapping[str, tuple[str, int]]
"""SKU and quantity of products, by `sku_key`."""


class CartChangedError(RetryableError):
    """A cart has other contents than it was given, by a call that was believed lost: the next attempt takes another."""

    is_outage = False


class Earlier(NamedTuple):
    """The state of an order's latest attempt: its cart with the items, by `sku_key`, or the cart's order."""

    attempt: Attempt | None = None
    in_cart: Mapping[str, float] | None = None
    order: ShopOrder | None = None


@dataclass(frozen=True, slots=True)
class Carts:
    """The carts of one shop's orders."""

    orders: ShopOrders
    payment: Payment

    @property
    def client(self) -> CommerceClient:
        """The client of the shop."""
        return self.orders.client

    @property
    def attempts(self) -> Attempts:
        """The attempts at creating its orders."""
        return self.orders.attempts

    def earlier(self, request: CreateOrder, purpose: Purpose) -> Earlier:
        """Return where the latest attempt stood. Raises EarlierAttemptError while its cart is being placed.

        Of an order that was untried when it was looked up none is read: a new cart is kept only if there is still none.
        """
        key = request.key
        attempt = None if request.is_untried else self.attempts.latest(key)
        if attempt is None or not attempt.cart_id:
            return Earlier(attempt)
        cart = self.client.cart(attempt.cart_id, purpose)
        if cart and cart.is_active:
            return Earlier(attempt, cart.quantities)
        if order := self.orders.of_cart(attempt, purpose):
            return Earlier(attempt, order=order)
        if cart and attempt.at == NEVER:
            self.attempts.begin_placing(key, attempt)  # nobody knows since when it is being placed: at the latest now
            raise EarlierAttemptError(key, CALL_TIME)
        if left := self.attempts.seconds_left(attempt):
            raise EarlierAttemptError(key, left)
        # Commerce has deleted the cart, as it does with old ones, or its order; or it closed the cart without an order.
        log.warning("cart without order abandoned", store_id=key[0], order_id=key[1], cart_id=attempt.cart_id)
        return Earlier(attempt)

    def place(self, request: CreateOrder, address: Mapping[str, Any], earlier: Earlier, purpose: Purpose) -> ShopOrder:
        """Fill a cart and place it, and return the order, which has the catalog's prices yet."""
        requested = {name: (lines[0].sku, _quantity(lines)) for name, lines in lines_by_sku(request).items()}
        attempt = self._filled(request, requested, earlier, purpose)
        carrier, _, method = self.payment.shipping_method.partition("_")
        information = {"shipping_address": address, "billing_address": address}
        methods = {"shipping_carrier_code": carrier, "shipping_method_code": method}
        in_cart = self.client.set_shipping(attempt.cart_id, {**information, **methods}, purpose)
        if in_cart != sum(quantity for _, quantity in requested.values()):
            raise CartChangedError(f"The cart of order {request.key[1]} was changed; the next attempt takes another.")
        return self._placed(request, attempt._replace(address_stamp=request.address_stamp), purpose)

    def _placed(self, request: CreateOrder, attempt: Attempt, purpose: Purpose) -> ShopOrder:
        """Place a cart; one that was placed before, by a call whose answer was lost, has its order already."""
        attempt = self.attempts.begin_placing(request.key, attempt)
        try:
            order_id = self.client.place(attempt.cart_id, self.payment.payment_method, purpose)
        except (CallRefusedError, CallFailedError) as error:
            if isinstance(error, CallRefusedError) and not is_gone(error):
                raise
            if order := self.orders.of_cart(attempt, purpose):
                return order
            raise
        return ShopOrder(self.client.order(order_id, purpose), attempt, is_placed_only=True)

    def _filled(self, request: CreateOrder, requested: Wanted, earlier: Earlier, purpose: Purpose) -> Attempt:
        """Return an attempt whose cart has the requested items: the earlier one, if its cart has nothing else."""
        view, attempt, in_cart = request.settings.commerce_store_view, earlier.attempt, earlier.in_cart
        is_usable = in_cart is not None and all(
            name in requested and requested[name][1] == in_cart[name] for name in in_cart
        )
        if attempt is None or not is_usable or attempt.store_view != view:
            in_cart, attempt = {}, Attempt(self.client.create_cart(view, purpose), view)
            self.attempts.keep_cart(request.key, attempt, instead_of=earlier.attempt)
        self._add(
            attempt.cart_id, {name: item for name, item in requested.items() if name not in (in_cart or {})}, purpose
        )
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
    """Give a placed order Amazon's id, amounts, buyer and status. Its number and quantities stay: they are reserved.

    One that people have invoiced, canceled or put on hold meanwhile keeps its amounts and its state.
    """
    is_untouched = _is_untouched(order)
    by_sku = lines_by_sku(request)
    kept = ("item_id", "product_id", "product_type", "sku", "qty_ordered")
    items = [
        item_amounts(by_sku[name], with_amounts=is_untouched) | {field: item[field] for field in kept if field in item}
        for item in order["items"]
        if (name := sku_key(item.get("sku"))) in by_sku
    ]
    entity = {
        "entity_id": order["entity_id"],
        "increment_id": order["increment_id"],
        "store_id": order.get("store_id"),
        "ext_order_id": request.key[1],
        **customer(request),
        **comments(request, int(order["entity_id"])),
        "items": items,
    }
    if is_untouched:
        state = {"state": "processing", "status": request.status}
        entity |= state | order_amounts(request) | dict.fromkeys(_ZERO, 0)
    else:
        entity |= {name: float(order[name]) for name in ("grand_total", "base_grand_total") if order.get(name)}
    try:
        return client.save_order(entity, purpose, repeatable=not request.instructions)
    except CallFailedError:
        # Written again, an order would have its comments twice.
        written = client.order(int(order["entity_id"]), purpose)
        if written.get("ext_order_id") != request.key[1]:
            raise
        return written


_ZERO = (
    "shipping_tax_amount",
    "base_shipping_tax_amount",
    "shipping_discount_amount",
    "base_shipping_discount_amount",
)


def _is_untouched(order: Entity) -> bool:
    """Whether an order is as it was placed."""
    is_invoiced = any(float(item.get("qty_invoiced") or 0) for item in order["items"])
    return not is_invoiced and (order.get("state") or "new") in ("new", "pending_payment", "processing")


def lines_by_sku(request: CreateOrder) -> dict[str, list[OrderLine]]:
    """Return an order's lines by product, its `sku_key`: a cart has one item for each."""
    by_sku: dict[str, list[OrderLine]] = defaultdict(list)
    for line in request.lines:
        by_sku[sku_key(line.sku)].append(line)
    return dict(by_sku)


def is_gone(error: CallRefusedError) -> bool:
    """Whether a cart was refused because it was placed before, or does not exist."""
    return message_of(error.reply).startswith(NO_SUCH_CART)


def _quantity(lines: list[OrderLine]) -> int:
    return sum(line.quantity for line in lines)
