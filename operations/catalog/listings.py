"""Listings and products: which product of the catalog each listing on Amazon is, matched by hand or automatically.

The catalog is that of the shop-less Commerce. Whoever waits for what is changed here is asked to be imported again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from uuid import uuid4

from events.envelope import encode
from gateways.errors import UnknownProductError
from gateways.simulator.catalog import SimulatedCatalog
from ledger.ledger import Ledger
from ledger.orders.filters import OrderFilter
from ledger.orders.matches import Match
from ledger.pages import pages
from operations.errors import NotFoundError, RefusedActionError
from operations.orders.actions import action, get_store
from pipeline.reimport import request_imports
from schemas.order import Order
from schemas.payloads import CatalogChanged, Payload
from schemas.product import Product

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Listing:
    """What is offered on Amazon, as orders tell it; `matched` by hand, and the `product` it is in the end."""

    store_id: str
    seller_sku: str
    asin: str | None
    title: str | None
    orders: int
    matched: str | None = None
    product: str | None = None


class Listings:
    """The catalog, and the listings that are sold from it."""

    def __init__(self, ledger: Ledger) -> None:
        """Work on the catalog of the shop-less Commerce, which lives in *ledger*'s database."""
        self._ledger = ledger
        self.catalog = SimulatedCatalog(ledger.documents)

    def save(self, products: Sequence[Product]) -> None:
        """Add products or replace them, and say that they changed."""
        self.catalog.save(products)
        with self._ledger.begin() as work:
            changes = [CatalogChanged(sku=product.sku, asin=product.asin) for product in products]
            work.outbox.put([encode(change, str(uuid4()), work.now) for change in changes])

    def match(self, store_id: str, seller_sku: str, sku: str) -> int:
        """Match a listing to a product; return how many orders were waiting for that.

        Raises NotFoundError for an unknown store, UnknownProductError.
        """
        if sku not in self.catalog.find([sku]):
            raise UnknownProductError(sku)
        with self._ledger.begin() as work:
            get_store(work, store_id)
            work.matches.save(store_id, seller_sku, sku)
            return request_imports(work, [_wake_key(store_id, seller_sku)], action("operator.match", Payload()))

    def unmatch(self, store_id: str, seller_sku: str) -> int:
        """Take a match back; return how many orders were waiting for that. Raises NotFoundError."""
        with self._ledger.begin() as work:
            if not work.matches.remove(store_id, seller_sku):
                raise NotFoundError(f"The listing {seller_sku} of store {store_id} is not matched.")
            return request_imports(work, [_wake_key(store_id, seller_sku)], action("operator.unmatch", Payload()))

    def match_automatically(self, store_id: str | None) -> list[Match]:
        """Match listings without a product to the one that bears their SKU or ASIN; return the matches made.

        Listings whose SKU or ASIN is a product's word for word need no match: orders find it by themselves.
        """
        skus = {product.sku.casefold(): product.sku for product in self.catalog.products()}
        unknown = [listing for listing in self.listings(store_id) if listing.product is None]
        found = {listing: _same_name(listing, skus) for listing in unknown}
        matches = [Match(one.store_id, one.seller_sku, sku) for one, sku in found.items() if sku]
        for start in range(0, len(matches), PAGE):
            page = matches[start : start + PAGE]
            with self._ledger.begin() as work:
                for match in page:
                    work.matches.save(match.store_id, match.seller_sku, match.sku)
                keys = [_wake_key(match.store_id, match.seller_sku) for match in page]
                request_imports(work, keys, action("operator.match", Payload()))
        return matches

    def create_product(self, store_id: str, seller_sku: str, quantity: int, *, managed: bool) -> Product:
        """Make a product of a listing and match them: its ASIN becomes the SKU, its title the name.

        Raises NotFoundError for a listing in no order, RefusedActionError when there is a product of that SKU.
        """
        listing = next((one for one in self.listings(store_id) if one.seller_sku == seller_sku), None)
        if listing is None:
            raise NotFoundError(f"No order of store {store_id} has the listing {seller_sku}.")
        sku = listing.asin or seller_sku
        if sku in self.catalog.find([sku]):
            raise RefusedActionError(f"There is a product {sku} already; match the listing to it instead.")
        name = (listing.title or seller_sku)[:200]
        product = Product(sku=sku, name=name, asin=listing.asin, quantity=quantity, managed=managed)
        self.save([product])
        self.match(store_id, seller_sku, sku)
        return product

    def listings(self, store_id: str | None = None) -> list[Listing]:
        """Return the listings that orders tell of, with the product each of them is. Reads all orders."""
        seen: dict[tuple[str, str], Listing] = {}
        for order in self._orders(store_id):
            for line in {line.seller_sku: line for line in order.lines}.values():
                key = (order.store_id, line.seller_sku)
                known = seen.get(key) or Listing(*key, line.asin, line.title, 0)
                seen[key] = replace(
                    known,
                    asin=known.asin or line.asin,
                    title=known.title or line.title,
                    orders=known.orders + 1,
                )
        with self._ledger.read() as work:
            matches = {(match.store_id, match.seller_sku): match.sku for match in work.matches.all(store_id)}
        return list(_with_products(seen, matches, self.catalog.products()))

    def _orders(self, store_id: str | None) -> Iterator[Order]:
        for page in pages(PAGE):
            with self._ledger.read() as work:
                orders = work.orders.after(OrderFilter(store_id=store_id), page.after, PAGE)
            yield from page.read(orders, attrgetter("key"))


def _with_products(
    seen: Mapping[tuple[str, str], Listing], matches: Mapping[tuple[str, str], str], products: Iterable[Product]
) -> Iterator[Listing]:
    """Resolve listings as orders are: by the match, by SKU, by ASIN."""
    skus = {product.sku for product in products}
    asins = {product.asin: product.sku for product in products if product.asin is not None}
    for key in sorted(seen):
        listing, matched = seen[key], matches.get(key)
        by_name = listing.seller_sku if listing.seller_sku in skus else asins.get(listing.asin or "")
        product = by_name if matched is None else matched if matched in skus else None
        yield replace(listing, matched=matched, product=product)


def _same_name(listing: Listing, skus: Mapping[str, str]) -> str | None:
    """Return the product that bears the listing's SKU, in whatever case, or its ASIN as its SKU."""
    names = (listing.seller_sku, listing.asin)
    return next((skus[name.casefold()] for name in names if name and name.casefold() in skus), None)


def _wake_key(store_id: str, seller_sku: str) -> str:
    return f"listing:{store_id}/{seller_sku}"
