"""Products of the catalog, and the listings on Amazon that they are matched to."""

import io
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Field

from operations.catalog import listings, lists, products
from operations.catalog.matches import list_matches
from operations.catalog.models import ImportResult, Listing, ListingMatch, MatchResult, ProductDetails
from operations.catalog.product_file import MAX_QUANTITY, ProductRow
from operations.catalog.unmatched import UnmatchedListing, unmatched_listings
from web.api.fields import A_NUMBER, Flag, OfStore, RequestBody, Word
from web.api.paging import Page, Paged, page_of
from web.api.permissions import MatchesProducts, Reader
from web.context import Ctx

router = APIRouter(tags=["products"])

Sku = Annotated[Word, Path(description="The product's SKU.", examples=["MUG-BLUE"])]
Pieces = Annotated[int, Field(ge=0, le=MAX_QUANTITY), A_NUMBER]


class ProductFields(RequestBody):
    """Facts of a product. A fact that is not given stays."""

    name: Word | None = Field(None, description="Its name; of a new product, by default the SKU.")
    asin: Word | None = Field(None, description="Its ASIN on Amazon.", examples=["B000000001"])
    enabled: Flag | None = Field(None, description="Whether it can be sold.")
    quantity: Pieces | None = Field(None, description="Pieces on hand.")
    managed: Flag | None = Field(None, description="Whether stock is counted at all.")


class ProductEdit(RequestBody):
    """Changes to a product, and the facts that the person saw."""

    changes: ProductFields
    seen: ProductFields | None = Field(None, description="Facts as they were read; 409 when one is another by now.")


class ListingKey(RequestBody):
    """A listing on Amazon."""

    store_id: Word = Field(examples=["demo-us"])
    seller_sku: Word = Field(examples=["MUG-BLUE-FBM"])


class Match(ListingKey):
    """A listing and the product that it is."""

    sku: Word = Field(examples=["MUG-BLUE"])


class NewProductOfListing(ListingKey):
    """A listing whose product is to be created: its ASIN becomes the SKU, its title the name."""

    quantity: Pieces = 0
    managed: Flag = True


@router.get("/products", operation_id="listProducts")
def list_products(context: Ctx, person: Reader, paging: Paged) -> Page[ProductDetails]:
    """List the catalog by SKU."""
    return page_of(lists.list_products(context, *paging))


@router.patch("/products/{sku:path}", operation_id="setProduct")
def set_product(context: Ctx, person: MatchesProducts, sku: Sku, edit: ProductEdit) -> ProductDetails:
    """Change a product, or create it. Orders that wait for it are imported again."""
    row = ProductRow(sku=sku, **edit.changes.model_dump(exclude_none=True))
    seen = ProductRow(sku=sku, **edit.seen.model_dump(exclude_none=True)) if edit.seen else None
    return products.set_product(context, row, actor=person.name, seen=seen)


@router.post("/product-imports", operation_id="importProducts")
def import_products(
    context: Ctx,
    person: MatchesProducts,
    file: Annotated[bytes, Body(media_type="text/csv", description="CSV with a header, or JSON lines, in UTF-8.")],
) -> ImportResult:
    """Add or change products from a file with the columns sku, name, asin, enabled, quantity, managed.

    Cells that a line leaves out keep their values. A broken line is in the answer and stops no other; repeating the
    file changes nothing.
    """
    text = io.TextIOWrapper(io.BytesIO(file), "utf-8-sig")
    return products.import_products(context, text, actor=person.name)


@router.get("/listings", operation_id="listListings")
def list_listings(
    context: Ctx,
    person: Reader,
    paging: Paged,
    store_id: OfStore = None,
) -> Page[Listing]:
    """List the listings that orders name, by store and seller SKU, with the product that each of them is.

    `listUnmatchedListings` lists those that block orders.
    """
    return page_of(lists.list_listings(context, store_id, *paging))


@router.get("/unmatched-listings", operation_id="listUnmatchedListings")
def list_unmatched(context: Ctx, person: Reader, store_id: OfStore = None) -> Page[UnmatchedListing]:
    """List the listings without a product that block orders, at most 200, those that block most first."""
    return Page(items=unmatched_listings(context, store_id))


@router.get("/matches", operation_id="listMatches")
def matches(context: Ctx, person: Reader, paging: Paged, store_id: OfStore = None) -> Page[ListingMatch]:
    """List the matches that people made, by store and seller SKU."""
    return page_of(list_matches(context, store_id, *paging))


@router.put("/matches", operation_id="matchListing")
def match_listing(context: Ctx, person: MatchesProducts, match: Match) -> MatchResult:
    """Match a listing to a product. Orders that wait for it are imported again; a repetition changes nothing."""
    return listings.match_listing(context, match.store_id, match.seller_sku, match.sku, actor=person.name)


@router.delete("/matches", operation_id="unmatchListing")
def unmatch_listing(
    context: Ctx,
    person: MatchesProducts,
    store_id: Annotated[Word, Query(description="The listing's store.")],
    seller_sku: Annotated[Word, Query(description="The listing's SKU on Amazon.")],
) -> MatchResult:
    """Remove a match. Orders that wait for the listing are imported again."""
    return listings.unmatch_listing(context, store_id, seller_sku, actor=person.name)


@router.post("/matches/automatic", operation_id="matchAutomatically")
def match_automatically(context: Ctx, person: MatchesProducts, store_id: OfStore = None) -> Page[ListingMatch]:
    """Match listings without a product to the product that has their SKU or ASIN as its SKU; return the new matches."""
    return Page(items=tuple(listings.match_automatically(context, store_id, actor=person.name)))


@router.post("/listing-products", operation_id="createProductOfListing", status_code=201)
def create_product(context: Ctx, person: MatchesProducts, new: NewProductOfListing) -> ProductDetails:
    """Create the product of a listing and match them."""
    return listings.create_product(
        context, new.store_id, new.seller_sku, new.quantity, managed=new.managed, actor=person.name
    )
