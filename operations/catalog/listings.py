"""Listings on Amazon and their products: match, unmatch, match automatically, create a product of a listing."""

from collections.abc import Mapping

from gateways.errors import UnknownProductError
from operations.catalog.lists import all_listings, find_listing
from operations.catalog.models import Listing, ListingMatch, MatchResult, ProductDetails, details_of
from operations.catalog.products import save_products
from operations.context import Context
from operations.errors import NotFoundError, RefusedActionError
from operations.orders.actions import operator_event
from operations.people.audit import record_action
from operations.stores import get_store
from pipeline.reimport import request_imports
from schemas.payloads import Payload
from schemas.product import Product

PAGE = 1000
"""Matches written in one transaction."""


def match_listing(context: Context, store_id: str, seller_sku: str, sku: str, *, actor: str) -> MatchResult:
    """Match a listing to a product, and import the orders that wait for it.

    Raises NotFoundError for an unknown store, UnknownProductError.
    """
    if sku not in context.catalog.find([sku]):
        raise UnknownProductError(sku)
    with context.ledger.begin() as work:
        get_store(work, store_id)
        work.matches.save(store_id, seller_sku, sku)
        record_action(work, actor, "listing.match", seller_sku, details={"store": store_id, "sku": sku})
        cause = operator_event("operator.match", Payload())
        requested = request_imports(work, [_wake_key(store_id, seller_sku)], cause)
    return MatchResult(store_id=store_id, seller_sku=seller_sku, sku=sku, imports_requested=requested)


def unmatch_listing(context: Context, store_id: str, seller_sku: str, *, actor: str) -> MatchResult:
    """Remove a match, and import the orders that wait for the listing. Raises NotFoundError without a match."""
    with context.ledger.begin() as work:
        if not work.matches.remove(store_id, seller_sku):
            raise NotFoundError(f"The listing {seller_sku} of store {store_id} is not matched.")
        record_action(work, actor, "listing.unmatch", seller_sku, details={"store": store_id})
        cause = operator_event("operator.unmatch", Payload())
        requested = request_imports(work, [_wake_key(store_id, seller_sku)], cause)
    return MatchResult(store_id=store_id, seller_sku=seller_sku, sku=None, imports_requested=requested)


def match_automatically(context: Context, store_id: str | None = None, *, actor: str) -> list[ListingMatch]:
    """Match listings without a product to the product that has their SKU or ASIN as its SKU; return the new matches.

    Listings whose SKU or ASIN is exactly a product's need no match: orders find the product by themselves.
    """
    unresolved = [listing for listing in all_listings(context, store_id) if listing.product is None]
    products = context.catalog.products() if unresolved else []
    skus = {product.sku.casefold(): product.sku for product in products}
    matches = [
        ListingMatch(store_id=listing.store_id, seller_sku=listing.seller_sku, sku=sku)
        for listing in unresolved
        if (sku := _same_name(listing, skus))
    ]
    for start in range(0, len(matches), PAGE):
        _save_matches(context, matches[start : start + PAGE], actor)
    return matches


def create_product(
    context: Context, store_id: str, seller_sku: str, quantity: int = 0, *, managed: bool = True, actor: str
) -> ProductDetails:
    """Create the product of a listing and match them: its ASIN becomes the SKU, its title the name.

    Raises NotFoundError for a listing in no order, RefusedActionError when the catalog has a product of that SKU.
    """
    listing = find_listing(context, store_id, seller_sku)
    if listing is None:
        raise NotFoundError(f"No order of store {store_id} has the listing {seller_sku}.")
    sku = listing.asin or seller_sku
    if sku in context.catalog.find([sku]):
        raise RefusedActionError(f"There is a product {sku} already; match the listing to it instead.")
    name = (listing.title or seller_sku)[:200]
    product = Product(sku=sku, name=name, asin=listing.asin, quantity=quantity, managed=managed)
    save_products(context, [product], actor)
    match_listing(context, store_id, seller_sku, sku, actor=actor)
    return details_of(product)


def _save_matches(context: Context, matches: list[ListingMatch], actor: str) -> None:
    with context.ledger.begin() as work:
        for match in matches:
            work.matches.save(match.store_id, match.seller_sku, match.sku)
            details = {"store": match.store_id, "sku": match.sku, "automatic": True}
            record_action(work, actor, "listing.match", match.seller_sku, details=details)
        keys = [_wake_key(match.store_id, match.seller_sku) for match in matches]
        request_imports(work, keys, operator_event("operator.match", Payload()))


def _same_name(listing: Listing, skus: Mapping[str, str]) -> str | None:
    """Return the product whose SKU is the listing's SKU, case ignored, or its ASIN."""
    names = (listing.seller_sku, listing.asin)
    return next((skus[name.casefold()] for name in names if name and name.casefold() in skus), None)


def _wake_key(store_id: str, seller_sku: str) -> str:
    return f"listing:{store_id}/{seller_sku}"
