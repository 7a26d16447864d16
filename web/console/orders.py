"""All orders: filters in the address, sorting over the whole list, pages, saved views, CSV."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from operations.context import Context
from operations.errors import WrongFilterError
from operations.orders import lists
from operations.orders.buyer_names import show_buyer_names
from operations.orders.buyer_search import buyer_keys, record_search
from operations.orders.export import csv_lines
from operations.orders.list_query import ListQuery, format_query, parse_query
from operations.orders.models import OrderRow
from operations.orders.saved_views import list_views, remove_view, save_view
from operations.stores import list_stores
from schemas.order import OrderKey
from schemas.order_filters import OrderFilter, OrderPager
from schemas.people import Permission, Person
from schemas.status import ImportState, Status
from web.console.order_filters import FilterForm, address, address_of, heads
from web.console.pages import page, redirect
from web.console.remedies import order_path
from web.context import Ctx
from web.errors import ForbiddenError
from web.security.permissions import Reader, may

router = APIRouter()

SeesPersonalData = Annotated[Person, Depends(may(Permission.SEE_PERSONAL_DATA))]


@router.get("/orders")
def orders(request: Request, context: Ctx, person: Reader) -> Response:
    """Show a page of the list. The filter is the address; empty fields of the form are taken out of it."""
    parameters = request.query_params.multi_items()
    if any(not value.strip() for _, value in parameters):
        return RedirectResponse(address([pair for pair in parameters if pair[1].strip()]), HTTPStatus.SEE_OTHER)
    try:
        query, wrong = parse_query(parameters), None
        _may_search(context, person, query)
        listed = lists.list_orders(context, query.wanted, query.pager)
    except WrongFilterError as error:
        query, wrong, listed = ListQuery(OrderFilter(), OrderPager()), str(error), None
    seen = listed.orders if listed and "names" in request.query_params else ()
    return page(
        request,
        context,
        person,
        "orders.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        form=FilterForm(parameters),
        wrong=wrong,
        listed=listed,
        heads=heads(query),
        names=names_for(context, person, seen),
        query_text=format_query(_first(query)),
        order_path=order_path,
        pages=_pages(query, listed.previous if listed else None, listed.next if listed else None),
        views=list_views(context, person.name),
        stores=list_stores(context, limit=200),
        statuses=list(Status),
        import_states=list(ImportState),
    )


def _may_search(context: Context, person: Person, query: ListQuery) -> None:
    """Record a search for a buyer's name. Raises ForbiddenError for people who may not see names."""
    if query.wanted.buyer:
        if not person.may(Permission.SEE_PERSONAL_DATA):
            raise ForbiddenError(f"{person.name} may not search for buyers' names with the role {person.role.value}.")
        record_search(context, person.name)


@router.post("/orders/buyer")
def search_buyer(
    context: Ctx, person: SeesPersonalData, name: Annotated[str, Form()] = "", query: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Add a buyer's name to the filter. Addresses are logged and shared, so they have its blind keys instead."""
    order_filter, pager = parse_query(parse_qsl(query))
    buyer_query = ListQuery(replace(order_filter, buyer=buyer_keys(context, name)), pager)
    return RedirectResponse(address_of(_first(buyer_query)), HTTPStatus.SEE_OTHER)


def names_for(context: Context, person: Person, rows: tuple[OrderRow, ...]) -> dict[OrderKey, str] | None:
    """Return the buyers' names of orders by key, and record the look; None where they are not asked for or allowed."""
    if not rows or not person.may(Permission.SEE_PERSONAL_DATA):
        return None
    return show_buyer_names(context, [(row.store_id, row.amazon_order_id) for row in rows], actor=person.name)


def _first(query: ListQuery) -> ListQuery:
    return ListQuery(query.wanted, replace(query.pager, page=1, after=None, before=None))


def _pages(query: ListQuery, previous: str | None, following: str | None) -> dict[str, str | None]:
    """Return the addresses of the first, the previous and the next page, None for one that there is not."""
    first = format_query(_first(query))

    def at(name: str, position: str | None) -> str | None:
        return f"/orders?{first}{'&' if first else ''}{name}={position}" if position else None

    return {
        "first": address_of(_first(query)) if previous else None,
        "previous": at("before", previous),
        "next": at("after", following),
    }


@router.get("/orders.csv")
def export(request: Request, context: Ctx, person: Reader) -> StreamingResponse:
    """Send the orders of all pages as CSV, without personal data."""
    query = parse_query(request.query_params.multi_items())
    _may_search(context, person, query)
    order_filter, pager = query
    lines = csv_lines(lists.stream_orders(context, order_filter, pager))
    headers = {"Content-Disposition": 'attachment; filename="orders.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/orders/views")
def save(
    request: Request, context: Ctx, person: Reader, name: Annotated[str, Form()], query: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Save the list as a view of the person's."""
    view = save_view(context, person.name, name, query)
    return redirect(request, f"/orders?{view.query}", f"The view {view.name} is saved.")


@router.post("/orders/views/remove")
def remove(request: Request, context: Ctx, person: Reader, name: Annotated[str, Form()]) -> RedirectResponse:
    """Remove a view of the person's."""
    remove_view(context, person.name, name)
    return redirect(request, "/orders", f"The view {name} is removed.")
