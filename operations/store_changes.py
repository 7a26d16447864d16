"""Stores: add and change them. The orders of a changed store follow its new settings."""

from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, TypedDict

from pydantic import ValidationError

from handlers.decision import Decision
from handlers.rules.order_state import derive, follow_ups, reservation_request
from ledger.pages import pages
from operations.context import Context
from operations.errors import InvalidInputError, RefusedActionError
from operations.orders.actions import operator_event_on, write_decisions
from operations.people.audit import record_action
from operations.stale_forms import as_texts, refuse_if_stale
from operations.store_sellers import check_seller
from operations.stores import get_store
from pipeline.deciding import DecidedEvent
from pipeline.lookup import BatchState
from schemas.blockers import Remedy, RemedyKind
from schemas.order import Order
from schemas.order_filters import OrderFilter
from schemas.payloads import Payload
from schemas.status import ImportState
from schemas.store import CustomerCreation, MissingPhone, OrderNumberSource, OrderStatusChoice, Store
from schemas.value import Value

PAGE = 1000
"""Orders or events changed in one transaction; a longer one would block the consumers on SQLite."""

_NOT_IMPORTED = (ImportState.VIEW_ONLY, ImportState.NOT_DUE, ImportState.REQUESTED, ImportState.BLOCKED)


class AddedStore(Value):
    """A store that was added, and how many events had waited for it and are handled now."""

    store: Store
    requeued: int


class StoreChanges(TypedDict, total=False):
    """Changes to a store and its order settings; a field that is not given stays, or gets the documented default."""

    name: str
    marketplace_id: str | None
    seller: str
    integrated_at: datetime | None
    import_orders: bool
    commerce_store_view: str
    customer_creation: CustomerCreation
    order_number_source: OrderNumberSource
    order_status: OrderStatusChoice
    processing_status: str | None
    reserve_quantity: bool
    inventory_management: bool
    missing_phone: MissingPhone
    require_tracking: bool


def add_store(context: Context, store_id: str, changes: StoreChanges, *, actor: str) -> AddedStore:
    """Add a store, by default named by its id and integrated now, and requeue the events that wait for it.

    Raises RefusedActionError when it exists, NotFoundError for a seller that is not connected.
    """
    _check_seller(context, changes)
    template = Store(store_id="new", name="new", integrated_at=datetime.now(UTC))
    store = _changed(template, {"name": store_id, **changes, "store_id": store_id})
    with context.ledger.begin() as work:
        work.stores.lock()
        if work.stores.load([store.store_id]):
            hint = Remedy(kind=RemedyKind.CHANGE_STORE)
            raise RefusedActionError(f"The store {store.store_id} exists already.", hint=hint)
        work.stores.save(store)
        record_action(work, actor, "store.add", store.store_id, details=_changed_fields(changes))
    return AddedStore(store=store, requeued=_requeue_waiting(context))


def _requeue_waiting(context: Context) -> int:
    """Requeue the events of stores that exist now. The scheduler requeues the rest when the process ends before."""
    requeued, last = 0, PAGE
    while last:
        with context.ledger.begin() as work:
            last = work.early_events.requeue_of_added_stores(PAGE)
        requeued += last
    return requeued


def change_store(
    context: Context, store_id: str, changes: StoreChanges, *, actor: str, seen: StoreChanges | None = None
) -> Store:
    """Change a store, and recompute its orders that are not in Commerce.

    *seen* are fields as the person saw them: StaleFormError when one of them is another by now. Raises NotFoundError,
    also for a seller that is not connected, and RefusedActionError.
    """
    _check_seller(context, changes)
    with context.ledger.begin() as work:
        work.stores.lock()
        before = get_store(work, store_id)
        refuse_if_stale(as_texts(seen or {}), as_texts({**before.model_dump(), **before.settings.model_dump()}))
        store = _changed(before, dict(changes))
        work.stores.save(store)
        record_action(work, actor, "store.change", store_id, details=_changed_fields(changes))
    _recompute_orders(context, store_id)
    return store


def _check_seller(context: Context, changes: StoreChanges) -> None:
    if (name := changes.get("seller")) is not None:
        check_seller(context.settings, name)


def _changed_fields(changes: StoreChanges) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}


def _changed(store: Store, changes: dict[str, Any]) -> Store:
    own = {name: value for name, value in changes.items() if name in Store.model_fields}
    settings = {name: value for name, value in changes.items() if name not in own}
    document = {**store.model_dump(), **own, "settings": {**store.settings.model_dump(), **settings}}
    try:
        return Store.model_validate(document)
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        raise InvalidInputError(f"Invalid store settings: {wrong['loc'][-1]}: {wrong['msg']}.") from None


def _recompute_orders(context: Context, store_id: str) -> None:
    """Derive all orders of a store that are not in Commerce by its present settings, a page in a transaction."""
    not_imported = OrderFilter(store_id=store_id, import_states=_NOT_IMPORTED)
    for page in pages(PAGE):
        with context.ledger.begin() as work:
            orders = page.read(work.orders.after(not_imported, page.after, PAGE), attrgetter("key"))
            # Locked orders keep their store from changing, so it is read after them.
            state = BatchState.of_orders(work, work.orders.load([order.key for order in orders], lock=True))
            decisions = [_recompute(order, state.store(store_id)) for order in state.orders.values()]
            write_decisions(work, context.deadlines, state, [event for event in decisions if event is not None])


def _recompute(before: Order, store: Store) -> DecidedEvent | None:
    """Return the order by new settings, or None when neither it nor its reserved stock changes."""
    after = derive(before, store)
    payloads = _follow_ups(before, after, store)
    if after == before and not payloads:
        return None
    note = f"Store settings changed; the order's import is now {after.import_state.replace('_', ' ')}."
    if after.import_state is before.import_state:
        note = "Store settings changed; the stock reserved for the order follows them."
    after = after.model_copy(update={"note": note})
    event = operator_event_on("operator.store_settings", before.key)
    return DecidedEvent(event, Decision(after, note, payloads), before)


def _follow_ups(before: Order, after: Order, store: Store) -> tuple[Payload, ...]:
    """Return the follow-ups. Reserved stock may be wrong by new settings though nothing in the order changed."""
    new = follow_ups(before, after, store)
    return (*new, *(payload for payload in reservation_request(after, store) if payload not in new))
