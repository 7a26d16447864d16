"""The simulated Commerce: a shop that answers the port's questions, a batch in one transaction."""

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
    """A shop with catalog, stock, reservations, orders and shipments."""

    def __init__(self, records: DocumentStore) -> None:
        """Keep everything in `records`, so that several processes run one shop."""
        self._records = records
        self.catalog = SimulatedCatalog(records)

    def perform(self, requests: Sequence[CommerceRequest]) -> list[Answer]:
        """Answer a batch in order, in one transaction: each request is decided on the outcome of those before it."""
        writes = not all(isinstance(request, LookUpOrder) for request in requests)
        with self._records.begin() as book:
            if writes:
                lock_side(book, SIDE)
            shop = _open_shop(book, requests)
            first = shop.last_number
            answers = [reply(shop, request) for request in requests]
            _write_shop(book, shop, first)
        return answers

    def ship(self, parcel: CommerceShipped) -> bool:
        """Ship a parcel; False if the shop has no open order it could belong to, so that none may be announced."""
        key = (parcel.store_id, parcel.amazon_order_id)
        with self._records.begin() as book:
            lock_side(book, SIDE)
            order = read_orders(book, [key]).get(key)
            if order is None or not order.is_open:
                return False
            shipments = tuple(dict.fromkeys([*order.shipments, parcel.shipment_id]))
            write_orders(book, {key: order.model_copy(update={"shipments": shipments})})
            return True

    def find(self, keys: Sequence[OrderKey]) -> dict[OrderKey, ShopOrder]:
        """Return what the shop knows of these Amazon orders."""
        with self._records.begin() as book:
            return read_orders(book, keys)

    def orders(self) -> list[ShopOrder]:
        """Return all orders of the shop and all reservations that wait for one."""
        with self._records.begin() as book:
            return [ShopOrder.model_validate(document) for _, document in read_all(book, ORDER)]

    def reservation_drift(self) -> dict[str, int]:
        """Return by SKU how many more pieces are reserved than orders hold; empty when the shop's books agree."""
        held: Counter[str] = Counter()
        for order in self.orders():
            held.update(order.held)
        drift = {product.sku: product.reserved - held[product.sku] for product in self.catalog.products()}
        return {sku: pieces for sku, pieces in drift.items() if pieces}


def _open_shop(book: DocumentTransaction, requests: Sequence[CommerceRequest]) -> Shop:
    orders = read_orders(book, [request.key for request in requests])
    asins = read_asins(book, {asin for r in requests if isinstance(r, LookUpOrder) for asin in r.asins})
    skus = {sku for order in orders.values() for sku in order.skus}.union(asins.values())
    products = read_products(book, skus.union(*(_skus(request) for request in requests)))
    numbering = book.get_many(SEQUENCE, [NUMBERS], lock=False)
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


def _write_shop(book: DocumentTransaction, shop: Shop, first_number: int) -> None:
    write_orders(book, {key: shop.orders[key] for key in shop.changed_orders})
    write_products(book, [shop.products[sku] for sku in sorted(shop.changed_skus)])
    if shop.last_number != first_number:
        book.put_many(SEQUENCE, {NUMBERS: {"last": shop.last_number}})
