"""The simulated Commerce: answers the port's requests, a batch in one transaction."""

from collections import Counter
from collections.abc import Sequence

from gateways.simulator.catalog import SIDE, SimulatedCatalog, read_asins, read_products, write_products
from gateways.simulator.documents import DocumentStore, DocumentTransaction, lock_side, read_all
from gateways.simulator.shop import CommerceRequest, Shop, reply
from gateways.simulator.shop_orders import ORDER, ShopOrder, read_orders, write_orders
from schemas.gateway_requests import Answer, CreateOrder, LookUpOrder, ReserveStock
from schemas.order import OrderKey
from schemas.payloads import CommerceShipped

SEQUENCE = "commerce.sequence"
NUMBERS = "order"


class SimulatedCommerce:
    """A Commerce shop with catalog, stock, reservations, orders and shipments."""

    def __init__(self, documents: DocumentStore) -> None:
        """Store all state in *documents*, which several processes may share."""
        self._documents = documents
        self.catalog = SimulatedCatalog(documents)

    def perform(self, requests: Sequence[CommerceRequest]) -> list[Answer]:
        """Answer a batch in order, in one transaction; each request sees the effects of those before it."""
        writes = not all(isinstance(request, LookUpOrder) for request in requests)
        with self._documents.begin() as transaction:
            if writes:
                lock_side(transaction, SIDE)
            shop = _open_shop(transaction, requests)
            first = shop.last_number
            answers = [reply(shop, request) for request in requests]
            _write_shop(transaction, shop, first)
        return answers

    def ship(self, parcel: CommerceShipped) -> bool:
        """Ship a parcel. False when its order is missing or not open, so that the parcel may not be published."""
        key = (parcel.store_id, parcel.amazon_order_id)
        with self._documents.begin() as transaction:
            lock_side(transaction, SIDE)
            order = read_orders(transaction, [key]).get(key)
            if order is None or not order.is_open:
                return False
            shipments = tuple(dict.fromkeys([*order.shipments, parcel.shipment_id]))
            write_orders(transaction, {key: order.model_copy(update={"shipments": shipments})})
            return True

    def find(self, keys: Sequence[OrderKey]) -> dict[OrderKey, ShopOrder]:
        """Return those of the Amazon orders that have a Commerce order or a reservation."""
        with self._documents.begin() as transaction:
            return read_orders(transaction, keys)

    def orders(self) -> list[ShopOrder]:
        """Return all orders, and all reservations without order."""
        with self._documents.begin() as transaction:
            return [ShopOrder.model_validate(document) for _, document in read_all(transaction, ORDER)]

    def reservation_drift(self) -> dict[str, int]:
        """Return by SKU how many more pieces are reserved than the orders account for; empty when they agree."""
        reserved: Counter[str] = Counter()
        for order in self.orders():
            reserved.update(order.held)
        drift = {product.sku: product.reserved - reserved[product.sku] for product in self.catalog.products()}
        return {sku: quantity for sku, quantity in drift.items() if quantity}


def _open_shop(transaction: DocumentTransaction, requests: Sequence[CommerceRequest]) -> Shop:
    orders = read_orders(transaction, [request.key for request in requests])
    asins = read_asins(transaction, {asin for r in requests if isinstance(r, LookUpOrder) for asin in r.asins})
    skus = {sku for order in orders.values() for sku in order.skus}.union(asins.values())
    products = read_products(transaction, skus.union(*(_skus(request) for request in requests)))
    numbering = transaction.get_many(SEQUENCE, [NUMBERS], lock=False)
    return Shop(orders, products, asins, last_number=numbering.get(NUMBERS, {}).get("last", 0))


def _skus(request: CommerceRequest) -> set[str]:
    match request:
        case LookUpOrder():
            return set(request.skus)
        case CreateOrder():
            return {line.sku for line in request.lines}
        case ReserveStock():
            return set(request.quantities)
        case _:
            return set()


def _write_shop(transaction: DocumentTransaction, shop: Shop, first_number: int) -> None:
    write_orders(transaction, {key: shop.orders[key] for key in shop.changed_orders})
    write_products(transaction, [shop.products[sku] for sku in sorted(shop.changed_skus)])
    if shop.last_number != first_number:
        transaction.put_many(SEQUENCE, {NUMBERS: {"last": shop.last_number}})
