"""Creating a Commerce order in the way that the shop's stock is kept right."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateways.commerce.addresses import AddressBook, AddressRefusedError
from gateways.commerce.answers import Entity
from gateways.commerce.attempts import Attempts, EarlierAttemptError
from gateways.commerce.carts import Carts, is_gone, rewrite
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.entities import Payment, new_item, new_order, with_addresses
from gateways.commerce.errors import message_of, parameters_of
from gateways.commerce.lookup import commerce_order, contents_of, orders_of
from gateways.errors import CallFailedError, CallRefusedError
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import CreateOrder, OrderCreated, RequestRefused
from schemas.store import CustomerCreation

CANNOT_CREATE = "Cannot create sales order: "
UNIQUE = "Unique constraint violation found"


class StockMode(StrEnum):
    """The way a shop's stock is kept right. `POST /V1/orders` reserves nothing, so one way has to be declared.

    `cart`: orders are placed through a cart, which reserves. `repair`: they are created as they are, and the shop runs
    Commerce's own repair of reservations as a cron. `none`: they are created as they are, and never shipped or
    canceled by a call that would release stock which was never reserved.
    """

    CART = "cart"
    REPAIR = "repair"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Creation:
    """The settings with which orders of one shop are created."""

    client: CommerceClient
    addresses: AddressBook
    attempts: Attempts
    mode: StockMode
    payment: Payment
    mailbox: str | None
    """The shop's own mailbox: Commerce sends its confirmation of a cart's order to the address in the cart."""

    def create(self, request: CreateOrder) -> OrderCreated | RequestRefused:
        """Create the order, once: an order that is there already is adopted."""
        purpose = Purpose("create the order", request.key)
        if request.customer is CustomerCreation.NEW:
            reason = "customer accounts are not created in a shop; set the store's customer creation to guest"
            return RequestRefused(f"{CANNOT_CREATE}{reason}")
        try:
            if request.complete or self.mode is not StockMode.CART:
                return self._create_as_it_is(request, purpose)
            return self._create_through_cart(request, purpose)
        except AddressRefusedError as error:
            return _refusal(str(error), BlockerKind.ADDRESS, request.key[1])
        except CallRefusedError as error:
            return self._refused(request, error, purpose)

    def _create_through_cart(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | RequestRefused:
        if request.number:
            reason = "an order that is placed through a cart has Commerce's number; declare another stock mode, or set"
            return RequestRefused(f"{CANNOT_CREATE}{reason} the store's order number source to commerce")
        if not self.mailbox:
            return RequestRefused(f"{CANNOT_CREATE}CROSSDOCK_COMMERCE_MAILBOX is not set")
        carts = Carts(self.client, self.attempts, self.payment)
        earlier = carts.earlier(request.key, purpose)
        order = earlier.order
        if order is None:
            address = self.addresses.address(request.personal, self.mailbox, purpose)
            order = carts.place(request, address, earlier, Purpose("place the order", request.key))
        made = rewrite(self.client, order, request, Purpose("rewrite the order", request.key))
        return OrderCreated(commerce_order(made), contents=contents_of(_with_named_items(made)))

    def _create_as_it_is(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | RequestRefused:
        found = {
            str(product["sku"]): product for product in self.client.products({x.sku for x in request.lines}, purpose)
        }
        for line in request.lines:
            if line.sku not in found:
                return _refusal(f'Product "{line.sku}" is not in the catalog', BlockerKind.PRODUCT_MISSING, line.sku)
        store_id = self.client.store_ids.get(request.settings.commerce_store_view)
        if store_id is None:
            view = request.settings.commerce_store_view
            return RequestRefused(f"{CANNOT_CREATE}Commerce has no store view {view}; correct the store's settings")
        items = [new_item(line, _product(found[line.sku]), shipped=request.complete) for line in request.lines]
        entity = new_order(request, store_id, items, self.payment)
        if not request.complete:
            address = self.addresses.address(request.personal, entity["customer_email"], purpose)
            entity = with_addresses(entity, address, self.payment.shipping_method)
        if request.number:  # which is unique
            return _created(self.client.save_order(entity, purpose, repeatable=True))
        return self._create_unnumbered(request, entity, purpose)

    def _create_unnumbered(self, request: CreateOrder, entity: Entity, purpose: Purpose) -> OrderCreated:
        """Create an order that nothing but our own look keeps from being created twice."""
        try:
            with self.attempts.creating(request.key):
                return _created(self.client.save_order(entity, purpose))
        except CallFailedError:
            if (adopted := self._adopted(request, purpose)) is None:
                raise
            return adopted

    def _adopted(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | None:
        """Return the order that is there already, if it is."""
        found = orders_of(self.client, [request.key], purpose).get(request.key)
        if found is None:
            return None
        return OrderCreated(commerce_order(found), adopted=True, contents=contents_of(found))

    def _refused(
        self, request: CreateOrder, error: CallRefusedError, purpose: Purpose
    ) -> OrderCreated | RequestRefused:
        """Read a refusal: the order is there already, or the message names a cause, or it does not."""
        if message_of(error.reply) == UNIQUE:
            taken = f"{CANNOT_CREATE}another order of the shop has the number {request.number}"
            return self._adopted(request, purpose) or RequestRefused(taken)
        if is_gone(error):
            raise EarlierAttemptError(request.key, 1.0) from None
        return refusal_of(error, request)


def refusal_of(error: CallRefusedError, request: CreateOrder) -> RequestRefused:
    """Return the refusal with its cause, where the message of Commerce names one."""
    message, parameters = message_of(error.reply), parameters_of(error.reply)
    if message.startswith(("Please check the shipping address", "Failed address", "We can't save the address")):
        field = re.search(r'"(\w[\w ]*)"', str(parameters))
        reason = f"the shipping address lacks {field[1]}" if field else "the shipping address is not valid"
        return _refusal(reason, BlockerKind.ADDRESS, request.key[1])
    if message.startswith(("Some addresses can't be used", "The shipping information was unable")):
        return _refusal("the shipping address is none that the shop ships to", BlockerKind.ADDRESS, request.key[1])
    kinds = {
        "The product that was requested doesn't exist": BlockerKind.PRODUCT_MISSING,
        "Product that you are trying to add is not": BlockerKind.OUT_OF_STOCK,
        "The requested qty is not available": BlockerKind.OUT_OF_STOCK,
    }
    for beginning, kind in kinds.items():
        if message.startswith(beginning):
            return _refusal(error.sentence, kind, request.lines[0].sku if len(request.lines) == 1 else "")
    return RequestRefused(f"{CANNOT_CREATE}{error.sentence}")


def _refusal(reason: str, kind: BlockerKind, key: str) -> RequestRefused:
    causes = (Cause(kind=kind, key=key),) if key else ()
    return RequestRefused(f"{CANNOT_CREATE}{reason}", causes)


def _product(entity: Entity) -> tuple[int, str]:
    return int(entity["id"]), str(entity.get("type_id") or "simple")


def _with_named_items(order: Entity) -> Entity:
    """Name items by their SKU that Amazon has removed since our cart was placed, so that they are known to differ."""
    items = [{**item, "ext_order_item_id": item.get("ext_order_item_id") or item.get("sku")} for item in order["items"]]
    return {**order, "items": items}


def _created(order: Any) -> OrderCreated:
    return OrderCreated(commerce_order(order), contents=contents_of(order))
