"""Product matches: listings that block orders, matches by hand, one listing with its product, one product."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from operations.catalog.listings import create_product, match_automatically, match_listing, unmatch_listing
from operations.catalog.matches import list_matches
from operations.catalog.models import details_of
from operations.catalog.product_file import MAX_QUANTITY, ProductRow, describe_invalid_row
from operations.catalog.products import set_product
from operations.catalog.unmatched import unmatched_listing, unmatched_listings
from operations.errors import InvalidInputError, NotFoundError
from operations.stores import list_stores
from schemas.people import Permission, Person
from web.console.pages import After, page, redirect
from web.console.remedies import order_path
from web.context import Ctx
from web.security.permissions import Reader, may

router = APIRouter()

PAGE_SIZE = 50

Matcher = Annotated[Person, Depends(may(Permission.MATCH_PRODUCTS))]
Word = Annotated[str, Form(max_length=500)]
Name = Annotated[str, Query(max_length=500)]
Quantity = Annotated[int, Form(ge=0, le=MAX_QUANTITY)]


@router.get("/products")
def products(request: Request, context: Ctx, person: Reader, store: Name = "", after: After = None) -> HTMLResponse:
    """List the listings that block orders, and the matches by hand."""
    in_store = store or None
    return page(
        request,
        context,
        person,
        "products.html",
        unmatched=unmatched_listings(context, in_store),
        matches=list_matches(context, in_store, PAGE_SIZE, after),
        store_choices=[(choice.store_id, choice.name) for choice in list_stores(context, limit=200)],
        store=store,
        order_path=order_path,
    )


@router.post("/products/match-automatically")
def match_all(request: Request, context: Ctx, person: Matcher, store: Word = "") -> Response:
    """Match every listing whose SKU or ASIN is a product's, but for small and capital letters."""
    made = match_automatically(context, store or None, actor=person.name)
    counted = "1 listing was" if len(made) == 1 else f"{len(made):,} listings were"
    return redirect(request, "/products", f"{counted} matched.")


@router.get("/products/match")
def ask_to_match(
    request: Request,
    context: Ctx,
    person: Matcher,
    *,
    store: Name,
    seller_sku: Name,
    order: Name = "",
    order_store: Name = "",
) -> HTMLResponse:
    """Ask which product a listing is, or to create one."""
    listing = unmatched_listing(context, store, seller_sku)
    values: dict[str, Any] = {"store_id": store, "seller_sku": seller_sku, "order": order, "order_store": order_store}
    return page(
        request, context, person, "product_match.html", listing=listing, back=_back(order, order_store), **values
    )


@router.post("/products/match")
def match(  # noqa: PLR0913 - the fields of the form
    request: Request,
    context: Ctx,
    person: Matcher,
    *,
    store: Word,
    seller_sku: Word,
    sku: Word,
    order: Word = "",
    order_store: Word = "",
) -> Response:
    """Match a listing with a product."""
    if not sku.strip():
        raise InvalidInputError("Enter the SKU of the product that the listing is.")
    made = match_listing(context, store, seller_sku, sku.strip(), actor=person.name)
    return redirect(request, _back(order, order_store), f"Matched. {_requested(made.imports_requested)}")


@router.post("/products/create")
def create(  # noqa: PLR0913 - the fields of the form
    request: Request,
    context: Ctx,
    person: Matcher,
    *,
    store: Word,
    seller_sku: Word,
    quantity: Quantity = 0,
    order: Word = "",
    order_store: Word = "",
) -> Response:
    """Create the product of a listing, and match them."""
    product = create_product(context, store, seller_sku, quantity, actor=person.name)
    return redirect(request, _back(order, order_store), f"Product {product.sku} was created and matched.")


@router.post("/products/unmatch")
def unmatch(request: Request, context: Ctx, person: Matcher, store: Word, seller_sku: Word) -> Response:
    """Remove a match."""
    made = unmatch_listing(context, store, seller_sku, actor=person.name)
    return redirect(request, "/products", f"The match was removed. {_requested(made.imports_requested)}")


@router.get("/products/edit")
def show_product(
    request: Request, context: Ctx, person: Reader, sku: Name, order: Name = "", order_store: Name = ""
) -> HTMLResponse:
    """Show a product, and the form that enables it and sets its quantity."""
    product = context.catalog.find([sku]).get(sku)
    if product is None:
        raise NotFoundError(f"The catalog has no product {sku}.")
    values: dict[str, Any] = {"order": order, "order_store": order_store}
    return page(
        request, context, person, "product.html", product=details_of(product), back=_back(order, order_store), **values
    )


@router.post("/products/edit")
def save_product(  # noqa: PLR0913 - the fields of the form
    request: Request,
    context: Ctx,
    person: Matcher,
    *,
    sku: Word,
    enabled: Word = "",
    quantity: Word = "",
    order: Word = "",
    order_store: Word = "",
) -> Response:
    """Enable or disable a product, and set its quantity."""
    facts: dict[str, object] = {"sku": sku, "enabled": enabled == "1"}
    if quantity.strip():
        facts["quantity"] = quantity.strip()
    try:
        row = ProductRow.model_validate(facts)
    except ValidationError as error:
        raise InvalidInputError(f"The product was not changed: {describe_invalid_row(error)}.") from None
    set_product(context, row, actor=person.name)
    return redirect(
        request, _back(order, order_store), f"Product {sku} was saved; orders that wait for it are imported."
    )


def _back(order: str, order_store: str) -> str:
    """Return the page to go on from: that of the order whose blocker led here, else the list."""
    return order_path(order, order_store) if order else "/products"


def _requested(imports: int) -> str:
    return f"Import requested for {imports:,} waiting {'order' if imports == 1 else 'orders'}."
