"""Actions of staff on an order: save its address, cancel it, import it, accept its total, decline a cancellation."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from operations.context import Context
from operations.errors import RefusedActionError
from operations.orders import actions
from operations.orders.models import OrderActionResult
from operations.orders.personal import show_personal_data
from operations.orders.queries import show_order
from operations.stale_forms import StaleFormError
from schemas.order import CANCEL_REASONS
from schemas.people import Permission, Person
from web.console.form_fields import FormFields
from web.console.order import order_page
from web.console.order_address import entered_fields, seen_fields
from web.console.pages import page, redirect
from web.console.remedies import order_path
from web.context import Ctx
from web.security.permissions import may
from web.statuses import status_of

router = APIRouter()

Staff = Annotated[Person, Depends(may(Permission.ACT_ON_ORDERS))]
SeesAddress = Annotated[Person, Depends(may(Permission.SEE_PERSONAL_DATA))]
Text = Annotated[str, Form(max_length=2000)]
StoreId = Annotated[str, Form(max_length=500)]

REASONS = {
    "NoInventory": "No inventory",
    "ShippingAddressUndeliverable": "Shipping address undeliverable",
    "CustomerExchange": "Customer exchange",
    "BuyerCanceled": "Buyer canceled",
    "GeneralAdjustment": "General adjustment",
    "CarrierCreditDecision": "Carrier credit decision",
    "RiskAssessmentInformationNotValid": "Risk assessment information not valid",
    "CarrierCoverageFailure": "Carrier coverage failure",
    "CustomerReturn": "Customer return",
    "MerchandiseNotReceived": "Merchandise not received",
}
"""Amazon's reasons to cancel (CANCEL_REASONS) in words."""


@router.post("/orders/{amazon_order_id}/address")
def save_address(
    request: Request,
    context: Ctx,
    person: Staff,
    sees_address: SeesAddress,
    amazon_order_id: str,
    form: FormFields,
) -> Response:
    """Save the fields that were changed. A refused form keeps the entries, and shows the reason."""
    store_id = form.get("store", "")
    entered, seen = entered_fields(form), seen_fields(form)
    changes = {name: value for name, value in entered.items() if value != seen.get(name)}
    if not changes:
        return _done(request, amazon_order_id, store_id, "Nothing was changed in the address.")
    try:
        result = actions.edit_address(context, amazon_order_id, store_id, changes, actor=person.name, seen=seen)
    except RefusedActionError as error:
        return _refused_address(request, context, person, (amazon_order_id, store_id), entered, error)
    kept = f" Its Commerce order {result.commerce_order} keeps its address." if result.commerce_order else ""
    return _done(request, amazon_order_id, store_id, f"The address was saved.{kept}")


def _refused_address(
    request: Request,
    context: Context,
    person: Person,
    order: tuple[str, str],
    entered: dict[str, str],
    error: RefusedActionError,
) -> HTMLResponse:
    return order_page(
        request,
        context,
        person,
        show_order(context, *order),
        personal=show_personal_data(context, *order, actor=person.name),
        entered=entered,
        error=str(error),
        difference=error.fields if isinstance(error, StaleFormError) else (),
        status=status_of(error),
    )


@router.get("/orders/{amazon_order_id}/cancel")
def ask_to_cancel(
    request: Request, context: Ctx, person: Staff, amazon_order_id: str, store: str | None = None, reason: str = ""
) -> HTMLResponse:
    """Ask for the reason to cancel an order."""
    order = show_order(context, amazon_order_id, store)
    reasons = [(code, REASONS[code]) for code in CANCEL_REASONS]
    return page(request, context, person, "order_cancel.html", order=order, reasons=reasons, reason=reason)


@router.post("/orders/{amazon_order_id}/cancel")
def cancel(
    request: Request, context: Ctx, person: Staff, amazon_order_id: str, store: StoreId, reason: Text
) -> Response:
    """Request the cancellation from Amazon."""
    result = actions.cancel_order(context, amazon_order_id, store, reason, actor=person.name)
    return _with_note(request, store, result)


@router.post("/orders/{amazon_order_id}/import")
def import_now(request: Request, context: Ctx, person: Staff, amazon_order_id: str, store: StoreId) -> Response:
    """Request the import of an order now."""
    actions.request_import(context, amazon_order_id, store, actor=person.name)
    return _done(request, amazon_order_id, store, "The import was requested. Load this page again in a moment.")


@router.get("/orders/{amazon_order_id}/accept-total")
def ask_to_accept(
    request: Request, context: Ctx, person: Staff, amazon_order_id: str, store: str | None = None
) -> HTMLResponse:
    """Ask for the reason to import an order by its total, and for the total where Amazon reports none."""
    order = show_order(context, amazon_order_id, store)
    return page(request, context, person, "order_accept_total.html", order=order)


@router.post("/orders/{amazon_order_id}/accept-total")
def accept_total(
    request: Request,
    context: Ctx,
    person: Staff,
    amazon_order_id: str,
    store: StoreId,
    reason: Text,
    total: Text = "",
) -> Response:
    """Accept the total."""
    amount = _amount(total) if total.strip() else None
    result = actions.accept_total(
        context, amazon_order_id, store, total=amount, actor=person.name, reason=_given(reason)
    )
    return _with_note(request, store, result)


@router.get("/orders/{amazon_order_id}/decline-cancellation")
def ask_to_decline(
    request: Request, context: Ctx, person: Staff, amazon_order_id: str, store: str | None = None
) -> HTMLResponse:
    """Ask for the reason to import an order although its buyer asked to cancel it."""
    order = show_order(context, amazon_order_id, store)
    return page(request, context, person, "order_decline.html", order=order)


@router.post("/orders/{amazon_order_id}/decline-cancellation")
def decline(
    request: Request, context: Ctx, person: Staff, amazon_order_id: str, store: StoreId, reason: Text
) -> Response:
    """Decline the buyer's request to cancel."""
    result = actions.decline_cancellation(context, amazon_order_id, store, actor=person.name, reason=_given(reason))
    return _with_note(request, store, result)


def _given(reason: str) -> str:
    if not reason.strip():
        raise RefusedActionError("A reason is needed: it is kept in the order's history.")
    return reason.strip()


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise RefusedActionError("The total is no amount; write it as 11.01, without a currency.")
    return amount


def _with_note(request: Request, store_id: str, result: OrderActionResult) -> Response:
    return _done(request, result.amazon_order_id, store_id, result.note)


def _done(request: Request, amazon_order_id: str, store_id: str, notice: str) -> Response:
    return redirect(request, order_path(amazon_order_id, store_id), notice)
