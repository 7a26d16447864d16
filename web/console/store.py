"""A store's dashboard: sales as a chart and a table, orders by status, recent orders, links to Seller Central."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from operations.store_dashboard import PERIODS, show_dashboard
from web.console.orders import names_for
from web.console.pages import page
from web.console.remedies import order_path
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()


@router.get("/stores/{store_id:path}")
def dashboard(
    request: Request, context: Ctx, person: Reader, store_id: str, days: int = PERIODS[0], *, names: bool = False
) -> HTMLResponse:
    """Show a store's figures for the last 7 or 30 days; with *names* the buyers' names, which is recorded."""
    figures = show_dashboard(context, store_id, days)
    seen = names_for(context, person, figures.recent_orders) if names else None
    return page(
        request,
        context,
        person,
        "store.html",
        figures=figures,
        store=figures.store,
        names=seen,
        order_path=order_path,
    )
