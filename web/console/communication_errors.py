"""The log of communication errors: failed calls to Amazon and Commerce, with the other side's request ids."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from operations.communication_errors import list_errors
from schemas.communication_errors import ErrorFilter
from web.console.pages import After, page
from web.console.remedies import order_path
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()

PAGE_SIZE = 50
"""Rows of a page; the retired product's log had 20."""

Word = Annotated[str, Query(max_length=500)]


@router.get("/communication-errors")
def errors(
    request: Request,
    context: Ctx,
    person: Reader,
    system: Literal["", "amazon", "commerce"] = "",
    store: Word = "",
    order: Word = "",
    *,
    after: After = None,
) -> HTMLResponse:
    """List failed calls, the latest first."""
    error_filter = ErrorFilter(
        system=system or None, store_id=store.strip() or None, amazon_order_id=order.strip() or None
    )
    listed = list_errors(context, error_filter, PAGE_SIZE, after)
    fields = {"system": system, "store": store.strip(), "order": order.strip()}
    return page(
        request, context, person, "communication_errors.html", listed=listed, fields=fields, order_path=order_path
    )
