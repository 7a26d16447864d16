"""The home page: the stores."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from operations import stores
from web.console.pages import page
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()


@router.get("/")
def home(request: Request, context: Ctx, person: Reader) -> HTMLResponse:
    """Show the stores."""
    return page(request, context, person, "home.html", stores=stores.list_stores(context))
