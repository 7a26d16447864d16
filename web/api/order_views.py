"""Saved views: lists of orders that a person named, in the console or by the API."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from operations.orders import saved_views
from operations.orders.saved_views import MAX_NAME_LENGTH, SavedView
from web.api.fields import RequestBody
from web.api.paging import Page
from web.api.permissions import Reader
from web.context import Ctx

router = APIRouter(tags=["order views"])

ViewName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH, pattern=r"^[^\s\x00]([^\x00]*)$")]


class ViewToSave(RequestBody):
    """A view: its name, and its list as the console's address has it after the question mark."""

    name: ViewName = Field(examples=["Late orders"])
    query: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")] = Field(
        examples=["status=Error&sort=latest_ship_date"]
    )


@router.get("/order-views", operation_id="listOrderViews")
def list_views(context: Ctx, person: Reader) -> Page[SavedView]:
    """List the saved views of the token's user, by name."""
    return Page(items=saved_views.list_views(context, person.name))


@router.put("/order-views", operation_id="saveOrderView")
def save_view(context: Ctx, person: Reader, view: ViewToSave) -> SavedView:
    """Save a view of the token's user; one of this name is replaced."""
    return saved_views.save_view(context, person.name, view.name, view.query)


@router.delete("/order-views", operation_id="removeOrderView", status_code=204)
def remove_view(context: Ctx, person: Reader, name: Annotated[ViewName, Query(description="The view's name.")]) -> None:
    """Remove a view of the token's user."""
    saved_views.remove_view(context, person.name, name)
