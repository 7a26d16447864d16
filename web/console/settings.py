"""Settings: the stores, adding one, and a store's order settings."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from operations.context import Context
from operations.errors import InvalidInputError, RefusedActionError
from operations.order_settings import save_order_settings, show_order_settings
from operations.stale_forms import StaleFormError
from operations.store_changes import StoreChanges, add_store, change_store
from operations.stores import list_stores
from operations.unknown_stores import list_unknown_stores
from schemas.people import Permission, Person
from schemas.store import OrderSettings
from web.console.form_fields import FormFields
from web.console.pages import page, redirect
from web.context import Ctx
from web.security.permissions import Reader, may
from web.statuses import status_of

router = APIRouter()

UNKNOWN_SHOWN = 20
PREFIX = "seen_"

Changer = Annotated[Person, Depends(may(Permission.CHANGE_SETTINGS))]
Word = Annotated[str, Form(max_length=200)]
StoreId = Annotated[str, Query(max_length=500)]


@router.get("/settings")
def settings(request: Request, context: Ctx, person: Reader) -> HTMLResponse:
    """List the stores with the main settings, and the unknown stores that events wait for."""
    unknown = list_unknown_stores(context, UNKNOWN_SHOWN)
    stores, choices = list_stores(context), _sellers(context)
    return page(request, context, person, "settings.html", stores=stores, unknown=unknown, sellers=choices)


@router.post("/settings/stores")
def add(  # noqa: PLR0913 - one parameter a field of the form
    request: Request,
    context: Ctx,
    person: Changer,
    *,
    store_id: Word,
    name: Word = "",
    marketplace_id: Word = "",
    seller: Word = "",
    integrated_at: Word = "",
) -> Response:
    """Add a store."""
    if not store_id.strip():
        raise InvalidInputError("Enter the store's id, as the events name it.")
    changes: StoreChanges = {}
    if name.strip():
        changes["name"] = name.strip()
    if marketplace_id.strip():
        changes["marketplace_id"] = marketplace_id.strip()
    if seller:
        changes["seller"] = seller
    if integrated_at.strip():
        changes["integrated_at"] = _moment(integrated_at.strip())
    added = add_store(context, store_id.strip(), changes, actor=person.name)
    waited = f" {added.requeued:,} events that waited for it go on." if added.requeued else ""
    return redirect(request, "/settings", f"The store {added.store.name} was added.{waited}")


@router.post("/settings/seller")
def bind(
    request: Request, context: Ctx, person: Changer, *, store: Word, seller: Word, seen_seller: Word = ""
) -> Response:
    """Bind a store to its seller, of several on Amazon."""
    if not seller:
        raise InvalidInputError("Choose the seller whose store it is.")
    seen: StoreChanges = {"seller": seen_seller}
    saved = change_store(context, store, {"seller": seller}, actor=person.name, seen=seen)
    return redirect(request, "/settings", f"The store {saved.name} belongs to the seller {seller}.")


@router.get("/settings/orders")
def order_settings(request: Request, context: Ctx, person: Reader, store: StoreId) -> HTMLResponse:
    """Show a store's order settings."""
    return _form(request, context, person, store)


@router.post("/settings/orders")
def save(request: Request, context: Ctx, person: Changer, form: FormFields) -> Response:
    """Save the settings that were changed; a refused form keeps the entries, and shows the reason."""
    store = form.get("store", "")
    names = OrderSettings.model_fields.keys()
    seen = {name: form[f"{PREFIX}{name}"] for name in names if f"{PREFIX}{name}" in form}
    entered = {name: form[name] for name in names if name in form}
    changes = {name: value for name, value in entered.items() if value.strip() != seen.get(name)}
    if entered.get("order_status") == "custom" and changes:
        changes |= {name: entered[name] for name in ("order_status", "processing_status") if name in entered}
    if not changes:
        return redirect(request, "/settings", "Nothing was changed.")
    try:
        saved = save_order_settings(context, store, changes, seen=seen, actor=person.name)
    except RefusedActionError as error:
        return _form(request, context, person, store, entered, error)
    return redirect(request, "/settings", f"The order settings of {saved.store.name} were saved.")


def _form(
    request: Request,
    context: Context,
    person: Person,
    store: str,
    entered: dict[str, str] | None = None,
    error: RefusedActionError | None = None,
) -> HTMLResponse:
    return page(
        request,
        context,
        person,
        "order_settings.html",
        status=status_of(error) if error else 200,
        form=show_order_settings(context, store),
        entered=entered or {},
        sellers=_sellers(context),
        error=str(error) if error else "",
        difference=error.fields if isinstance(error, StaleFormError) else (),
    )


def _sellers(context: Context) -> list[tuple[str, str]]:
    """Return the choices of a seller, none first; empty without a list of sellers."""
    names = [seller.name for seller in context.settings.sellers if seller.name]
    return [("", "none"), *((name, name) for name in names)] if names else []


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError("The instant of integration is no time; write it as 2026-05-01T10:00Z.") from None
    if moment.tzinfo is None:
        raise InvalidInputError("The instant of integration needs its zone, such as 2026-05-01T10:00Z.")
    return moment
