"""Creating a Commerce order in the way that the shop's stock is kept right."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gateways.commerce.addresses import AddressBook, AddressRefusedError
from gateways.commerce.answers import Entity, sku_key
from gateways.commerce.attempts import Attempts, EarlierAttemptError
from gateways.commerce.carts import Carts, is_gone, rewrite
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.entities import Payment, customer, new_item, new_order, with_addresses
from gateways.commerce.errors import message_of, parameters_of
from gateways.commerce.lookup import commerce_order, contents_of, identity_of
from gateways.commerce.module import ShopModule
from gateways.commerce.shop_orders import ShopOrder, ShopOrders
from gateways.errors import CallFailedError, CallRefusedError
from schemas.blockers import BlockerKind, Cause
from schemas.gateway_requests import (
    Accepted,
    ChangeAddress,
    CreateOrder,
    OrderCreated,
    ProductIdentity,
    RequestRefused,
)
from schemas.order import CommerceState
from schemas.store import CustomerCreation

CANNOT_CREATE = "Cannot create sales order: "
UNIQUE = "Unique constraint violation found"


class StockMode(StrEnum):
    """The way a shop's stock is kept right. `POST /V1/orders` reserves nothing, so one way has to be declared.

    `cart`: orders are placed through a cart, which reserves. `repair`: they are created as they are, and the shop runs
    Commerce's own repair of reservations as a cron. `none`: they are created as they are, and never shipped or
    canceled by a call that would release stock which was never reserved. `module`: a module of the shop's own creates
    them whole, and reserves.
    """

    CART = "cart"
    REPAIR = "repair"
    NONE = "none"
    MODULE = "module"


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
    module: ShopModule
    """The shop's own module, which is called in the mode `module` only."""

    @property
    def orders(self) -> ShopOrders:
        """The orders of the shop."""
        return ShopOrders(self.client, self.attempts)

    def create(self, request: CreateOrder) -> OrderCreated | RequestRefused:
        """Create the order, once: an order that is there already is adopted."""
        purpose = Purpose("create the order", request.key)
        if request.customer is CustomerCreation.NEW and self.mode is not StockMode.MODULE:
            reason = "only a module of the shop's own creates customers; set the store's customer creation to guest"
            return RequestRefused(f"{CANNOT_CREATE}{reason}")
        try:
            # A look-up that knows of no attempt has looked already.
            earlier = None if request.is_untried or request.is_found else self._adopted(request, purpose)
            return earlier or self._way_of(request)(request, purpose)
        except AddressRefusedError as error:
            return _refusal(str(error), BlockerKind.ADDRESS, request.key[1])
        except CallRefusedError as error:
            return self._refused(request, error, purpose)

    def change_address(self, request: ChangeAddress) -> Accepted | RequestRefused:
        """Give an open order another address, to be shipped and billed to."""
        purpose = Purpose("change the address", request.key)
        shop_order = self.orders.find([request.key], purpose).get(request.key)
        if shop_order is None:
            return RequestRefused(f"Commerce has no order {request.number} for this Amazon order")
        current = commerce_order(shop_order.entity)
        if current.state is not CommerceState.OPEN:
            return RequestRefused(f"it is {current.status}")
        try:
            self._write_address(int(shop_order.entity["entity_id"]), request, purpose)
        except (AddressRefusedError, CallRefusedError) as error:
            return RequestRefused(str(error))
        return Accepted(f"Commerce order {current.number} has the address")

    def _way_of(self, request: CreateOrder) -> Callable[[CreateOrder, Purpose], OrderCreated | RequestRefused]:
        if request.is_found:
            return self._finish_found
        if self.mode is StockMode.MODULE:
            return self._create_by_module
        if request.complete or self.mode is not StockMode.CART:
            return self._create_as_it_is
        return self._create_through_cart

    def _create_through_cart(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | RequestRefused:
        if request.number:
            reason = "an order that is placed through a cart has Commerce's number; declare another stock mode, or set"
            return RequestRefused(f"{CANNOT_CREATE}{reason} the store's order number source to commerce")
        if not self.mailbox:
            return RequestRefused(f"{CANNOT_CREATE}CROSSDOCK_COMMERCE_MAILBOX is not set")
        carts = Carts(self.orders, self.payment)
        earlier = carts.earlier(request, purpose)
        order = earlier.order
        if order is None:
            address = self.addresses.address(request.personal, self.mailbox, purpose)
            order = carts.place(request, address, earlier, Purpose("place the order", request.key))
        return self._finish(request, order, purpose)

    def _finish_found(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | RequestRefused:
        shop_order = self.orders.find([request.key], purpose).get(request.key)
        if shop_order is None:
            return RequestRefused(f"{CANNOT_CREATE}its Commerce order is gone since it was looked up; import it again")
        return self._finish(request, shop_order, purpose)

    def _finish(self, request: CreateOrder, shop_order: ShopOrder, purpose: Purpose) -> OrderCreated:
        """Complete an order: with Amazon's id and amounts, and with an address that is newer than its own."""
        order = shop_order.entity
        if shop_order.is_placed_only:
            order = rewrite(self.client, order, request, Purpose("rewrite the order", request.key))
        is_open = commerce_order(order).state is CommerceState.OPEN
        attempt = shop_order.attempt
        is_edited = attempt is not None and attempt.address_stamp not in (None, request.address_stamp)
        if is_open and is_edited and request.personal.shipping_address:
            self._write_address(int(order["entity_id"]), request, Purpose("change the address", request.key))
        adopted = not shop_order.is_placed_only
        return OrderCreated(commerce_order(order), adopted, contents_of(_with_named_items(order)))

    def _write_address(self, order_id: int, request: CreateOrder | ChangeAddress, purpose: Purpose) -> None:
        address = self.addresses.address(request.personal, customer(request)["customer_email"], purpose)
        for address_type, address_id in self.client.address_ids(order_id, purpose).items():
            own = {"entity_id": address_id, "address_type": address_type}
            self.client.save_address(order_id, {**address, **own}, purpose)

    def _create_by_module(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | RequestRefused:
        """Have the module create the order, and read it back: only the order shows that it has Amazon's id."""
        entity = self._new_entity(request, purpose)
        if isinstance(entity, RequestRefused):
            return entity
        self.attempts.begin_repeatable(request.key, request.address_stamp)
        buyer = request.personal.buyer
        is_known = buyer is not None and bool(buyer.email)  # without a mailbox no two orders have one customer
        new_customer = is_known and request.customer is CustomerCreation.NEW
        number = self.module.create(entity, purpose, reserve=not request.complete, new_customer=new_customer)
        # An order of an earlier try may have the address of then.
        created = self._adopted(request, purpose)
        if created is None:
            reason = f"the shop's module answered with order {number}, which does not have Amazon's order id"
            return RequestRefused(f"{CANNOT_CREATE}{reason}; correct the module, and cancel the order")
        return replace(created, adopted=False)

    def _create_as_it_is(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | RequestRefused:
        entity = self._new_entity(request, purpose)
        if isinstance(entity, RequestRefused):
            return entity
        if request.number:  # which is unique
            self.attempts.begin_repeatable(request.key, request.address_stamp)
            return _created(self.client.save_order(entity, purpose, repeatable=True))
        return self._create_unnumbered(request, entity, purpose)

    def _new_entity(self, request: CreateOrder, purpose: Purpose) -> dict[str, Any] | RequestRefused:
        """Return the order to be created, of products and a store view that Commerce has."""
        identities = self._identities(request, purpose)
        for line in request.lines:
            if sku_key(line.sku) not in identities:
                return _refusal(f'Product "{line.sku}" is not in the catalog', BlockerKind.PRODUCT_MISSING, line.sku)
        store_id = self.client.store_ids.get(request.settings.commerce_store_view)
        if store_id is None:
            view = request.settings.commerce_store_view
            return RequestRefused(f"{CANNOT_CREATE}Commerce has no store view {view}; correct the store's settings")
        items = [new_item(line, identities[sku_key(line.sku)], shipped=request.complete) for line in request.lines]
        entity = new_order(request, store_id, items, self.payment)
        if not request.complete:
            address = self.addresses.address(request.personal, entity["customer_email"], purpose)
            return with_addresses(entity, address, self.payment.shipping_method)
        return entity

    def _identities(self, request: CreateOrder, purpose: Purpose) -> dict[str, ProductIdentity]:
        """Return the products of the lines that exist, by `sku_key`."""
        identities = {sku_key(line.sku): line.identity for line in request.lines if line.identity}
        unknown = {line.sku for line in request.lines if not line.identity}
        return identities | {sku_key(p["sku"]): identity_of(p) for p in self.client.products(unknown, purpose)}

    def _create_unnumbered(self, request: CreateOrder, entity: Entity, purpose: Purpose) -> OrderCreated:
        """Create an order that nothing but our own look keeps from being created twice."""
        try:
            with self.attempts.creating(request.key, request.address_stamp):
                return _created(self.client.save_order(entity, purpose))
        except CallFailedError:
            if (adopted := self._adopted(request, purpose)) is None:
                raise
            return adopted

    def _adopted(self, request: CreateOrder, purpose: Purpose) -> OrderCreated | None:
        """Return the order that is there already, if it is."""
        shop_order = self.orders.find([request.key], purpose).get(request.key)
        return None if shop_order is None else self._finish(request, shop_order, purpose)

    def _refused(
        self, request: CreateOrder, error: CallRefusedError, purpose: Purpose
    ) -> OrderCreated | RequestRefused:
        """Read a refusal: the order is there already, or the message names a cause, or it does not."""
        if message_of(error.reply) == UNIQUE:
            taken = f"{CANNOT_CREATE}another order of the shop has the number {request.number}"
            return self._adopted(request, purpose) or RequestRefused(taken)
        if self.mode is StockMode.CART and is_gone(error):
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


def _with_named_items(order: Entity) -> Entity:
    """Name items by their SKU that Amazon has removed since our cart was placed, so that they are known to differ."""
    items = [{**item, "ext_order_item_id": item.get("ext_order_item_id") or item.get("sku")} for item in order["items"]]
    return {**order, "items": items}


def _created(order: Any) -> OrderCreated:
    return OrderCreated(commerce_order(order), contents=contents_of(order))
