"""The page of one order: its details, items, parcels and timeline; its blockers and their solutions."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from operations.context import Context
from operations.errors import NotFoundError
from operations.orders.explain import explain
from operations.orders.models import OrderDetails
from operations.orders.never_placed import find_never_placed
from operations.orders.personal import OrderPersonalData, show_personal_data
from operations.orders.queries import show_order
from operations.orders.timeline import order_timeline
from operations.stale_forms import StaleField
from operations.stores import show_store
from schemas.errors import RetryableError
from schemas.people import Permission, Person
from schemas.status import ImportState
from web.console.order_address import FIELDS
from web.console.pages import page
from web.console.remedies import buttons_of, order_path
from web.context import Ctx
from web.errors import ForbiddenError
from web.security.permissions import Reader

router = APIRouter()

Tab = Literal["details", "items", "tracking", "timeline"]
TABS: dict[Tab, str] = {
    "details": "Order and shipping details",
    "items": "Order items",
    "tracking": "Tracking",
    "timeline": "Timeline",
}


@router.get("/orders/{amazon_order_id}")
def show(  # noqa: PLR0913 - the parameters of the address
    request: Request,
    context: Ctx,
    person: Reader,
    amazon_order_id: str,
    store: str | None = None,
    tab: Tab = "details",
    *,
    personal: bool = False,
    check: bool = False,
) -> HTMLResponse:
    """Show an order. With *personal*, its buyer and address, which is recorded; with *check*, a look at Commerce."""
    try:
        order = show_order(context, amazon_order_id, store)
    except NotFoundError:
        never_placed = find_never_placed(context, amazon_order_id, store)
        if never_placed is None:
            raise
        return page(request, context, person, "order_never_placed.html", order=never_placed)
    seen = _personal_data(context, order, person) if personal else None
    return order_page(request, context, person, order, tab=tab, personal=seen, check=check)


def order_page(  # noqa: PLR0913 - the parts of the page
    request: Request,
    context: Context,
    person: Person,
    order: OrderDetails,
    *,
    tab: Tab = "details",
    personal: OrderPersonalData | None = None,
    check: bool = False,
    entered: dict[str, str] | None = None,
    error: str = "",
    difference: tuple[StaleField, ...] = (),
    status: int = 200,
) -> HTMLResponse:
    """Return the page of an order; *entered* are the fields of the address as a refused form had them."""
    explanation, unreachable = _explained(context, order) if check else (None, "")
    return page(
        request,
        context,
        person,
        "order.html",
        status=status,
        order=order,
        store=show_store(context, order.store_id),
        tabs=[(name, order_path(*_ids(order), tab=key), key == tab) for key, name in TABS.items()],
        tab=tab,
        personal=personal,
        address_fields=FIELDS,
        entered=entered or (personal.address if personal else {}),
        error=error,
        difference=difference,
        explanation=explanation,
        unreachable=unreachable,
        buttons_of=buttons_of,
        order_path=order_path,
        timeline=order_timeline(context, *_ids(order)).entries if tab == "timeline" else (),
        is_waiting=order.import_state in (ImportState.BLOCKED, ImportState.REQUESTED),
    )


def _ids(order: OrderDetails) -> tuple[str, str]:
    return order.amazon_order_id, order.store_id


def _personal_data(context: Context, order: OrderDetails, person: Person) -> OrderPersonalData:
    if not person.may(Permission.SEE_PERSONAL_DATA):
        raise ForbiddenError(f"{person.name} may not see personal data with the role {person.role.value}.")
    return show_personal_data(context, *_ids(order), actor=person.name)


def _explained(context: Context, order: OrderDetails) -> tuple[object, str]:
    """Return the explanation, or why there is none: Commerce may be away, and the page is of use all the same."""
    try:
        return explain(context, *_ids(order)), ""
    except RetryableError as error:
        return None, str(error)
