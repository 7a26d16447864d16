"""The home page: the stores at a glance."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from operations.store_cards import list_store_cards
from web.console.pages import page
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()

PAGE_SIZE = 24
MAX_PAGE = 10_000


@router.get("/")
def home(
    request: Request,
    context: Ctx,
    person: Reader,
    number: Annotated[int, Query(alias="page", ge=1, le=MAX_PAGE)] = 1,
) -> HTMLResponse:
    """Show the stores."""
    cards = list_store_cards(context, PAGE_SIZE + 1, (number - 1) * PAGE_SIZE)
    has_next = len(cards) > PAGE_SIZE
    return page(request, context, person, "home.html", cards=cards[:PAGE_SIZE], number=number, has_next=has_next)
