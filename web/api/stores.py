"""Stores and their order settings, and the unknown stores that events wait for."""

from enum import StrEnum
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query
from pydantic import Field

from operations import store_changes, stores
from operations.order_settings import OrderSettingsForm, show_order_settings
from operations.store_cards import StoreCard, list_store_cards
from operations.store_changes import AddedStore, StoreChanges
from operations.store_dashboard import StoreDashboard, show_dashboard
from operations.unknown_stores import UnknownStores, list_unknown_stores
from schemas.fields import Moment
from schemas.store import CustomerCreation, MissingPhone, OrderNumberSource, OrderStatusChoice, Store
from web.api.fields import Flag, RequestBody, Word
from web.api.paging import Page, Paged, page_of
from web.api.permissions import ChangesSettings, Reader
from web.context import Ctx

router = APIRouter(tags=["stores"])


class Period(StrEnum):
    """Days of a dashboard, today in UTC included."""

    WEEK = "7"
    MONTH = "30"


StoreIdPath = Annotated[Word, Path(description="The store's id, as in the events.", examples=["demo-us"])]


class StoreFields(RequestBody):
    """A store and its order settings. A field that is not given stays, or gets the documented default."""

    name: Word | None = Field(None, description="Display name.")
    marketplace_id: Word | None = Field(None, description="Amazon's id of the marketplace.", examples=["ATVPDKIKX0DER"])
    seller: Word | None = Field(None, description="Whose store it is, of several sellers on Amazon.", examples=["acme"])
    integrated_at: Moment | None = Field(None, description="Earlier orders are recorded and never imported.")
    import_orders: Flag | None = Field(None, description="Create its orders in Commerce, or only show them.")
    commerce_store_view: Word | None = Field(None, description="The Commerce store view that gets the orders.")
    customer_creation: CustomerCreation | None = None
    order_number_source: OrderNumberSource | None = None
    order_status: OrderStatusChoice | None = None
    processing_status: Word | None = Field(None, description="Status of created orders where `order_status` is custom.")
    reserve_quantity: Flag | None = Field(None, description="Without inventory management: reserve stock of Pending.")
    inventory_management: Flag | None = Field(None, description="Whether Commerce manages stock by sources.")
    missing_phone: MissingPhone | None = None
    require_tracking: Flag | None = Field(None, description="Refuse parcels without a tracking number.")

    def given(self) -> StoreChanges:
        """Return the fields that have a value."""
        fields = {name: getattr(self, name) for name in StoreChanges.__annotations__}
        return cast(StoreChanges, {name: value for name, value in fields.items() if value is not None})


class NewStore(StoreFields):
    """A store to be added."""

    store_id: Word = Field(examples=["demo-us"])


class StoreEdit(RequestBody):
    """Changes to a store, and the values that the person saw: a value that somebody else changed is refused."""

    changes: StoreFields
    seen: StoreFields | None = Field(None, description="Fields as they were read; 409 when one is another by now.")


@router.get("/stores", operation_id="listStores")
def list_stores(context: Ctx, person: Reader, paging: Paged) -> Page[Store]:
    """List the stores by id."""
    return page_of(stores.list_store_page(context, *paging))


@router.post("/stores", operation_id="addStore", status_code=201)
def add_store(context: Ctx, person: ChangesSettings, new: NewStore) -> AddedStore:
    """Add a store. The events that wait for it go on. Adding one that exists is refused with 409."""
    return store_changes.add_store(context, new.store_id, new.given(), actor=person.name)


@router.get("/stores/{store_id:path}", operation_id="showStore")
def show_store(context: Ctx, person: Reader, store_id: StoreIdPath) -> Store:
    """Show a store and its order settings."""
    return stores.show_store(context, store_id)


@router.patch("/stores/{store_id:path}", operation_id="changeStore")
def change_store(context: Ctx, person: ChangesSettings, store_id: StoreIdPath, edit: StoreEdit) -> Store:
    """Change a store. Orders that are not in Commerce yet follow the new settings at once."""
    seen = edit.seen.given() if edit.seen else None
    return store_changes.change_store(context, store_id, edit.changes.given(), actor=person.name, seen=seen)


@router.get("/order-settings/{store_id:path}", operation_id="showOrderSettings")
def order_settings(context: Ctx, person: Reader, store_id: StoreIdPath) -> OrderSettingsForm:
    """Show a store's order settings: each with its options, its default, and whether it counts."""
    return show_order_settings(context, store_id)


@router.get("/store-cards", operation_id="listStoreCards")
def cards(context: Ctx, person: Reader, paging: Paged) -> Page[StoreCard]:
    """List the stores at a glance: sales of thirty days, orders that are blocked, the last change of settings."""
    return page_of(list_store_cards(context, *paging))


@router.get("/dashboards/{store_id:path}", operation_id="showDashboard")
def dashboard(
    context: Ctx,
    person: Reader,
    store_id: StoreIdPath,
    period: Annotated[Period, Query(description="Days.")] = Period.WEEK,
) -> StoreDashboard:
    """Show a store's sales by day against the period before, lifetime sales, orders by status, recent orders."""
    return show_dashboard(context, store_id, int(period))


@router.get("/unknown-stores", operation_id="listUnknownStores")
def unknown_stores(
    context: Ctx,
    person: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="Stores, those with the most events first.")] = 50,
) -> UnknownStores:
    """List the stores that events wait for and nobody has added."""
    return list_unknown_stores(context, limit)
