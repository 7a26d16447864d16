"""The home page: the stores at a glance."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from operations.store_cards import list_store_cards
from web.console.pages import After, page
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()

PAGE_SIZE = 24


@router.get("/")
def home(request: Request, context: Ctx, person: Reader, after: After = None) -> HTMLResponse:
    """Show the stores."""
    return page(request, context, person, "home.html", cards=list_store_cards(context, PAGE_SIZE, after))
