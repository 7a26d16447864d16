"""The desk: what operators do to orders and stores. Each action is written in one transaction, like an event's."""

from collections.abc import Callable, Collection, Mapping
from uuid import uuid4

from pydantic import ValidationError

from events.envelope import OPERATOR_SOURCE, Event, event_key, order_key
from handlers import cancel_order, discard_order, edit_address
from handlers.decision import Decision, OrderContext
from handlers.rules.order_state import derive, follow_ups, reservation_request
from ledger.ledger import Ledger
from ledger.orders.filters import OrderFilter
from ledger.unit_of_work import UnitOfWork
from operations.errors import NotFoundError, RefusedActionError
from pipeline.deadlines import Deadlines
from pipeline.deciding import DecidedBatch, DecidedEvent
from pipeline.lookup import BatchState
from pipeline.writing import follow_ups_of, write_orders
from schemas.message import Message
from schemas.order import Discarded, Order, OrderKey
from schemas.payloads import OrderPayload, Payload
from schemas.status import ImportState
from schemas.store import Store

PAGE = 1000
"""Orders settled again in one transaction; a longer one would hold up the consumers on SQLite."""

_NOT_IMPORTED = (ImportState.VIEW_ONLY, ImportState.NOT_DUE, ImportState.REQUESTED, ImportState.BLOCKED)


def action(name: str, payload: Payload) -> Event:
    """Return an operator's action as the event it is: what follows from it names it as its cause."""
    event_id = str(uuid4())
    key = event_key(OPERATOR_SOURCE, event_id)
    message = Message(event_id, name, b"", key=key)
    return Event(key, event_id, name, payload, event_id, None, None, message, order_key(payload))


def _operator_event(name: str, order: OrderKey) -> Event:
    return action(name, OrderPayload(store_id=order[0], amazon_order_id=order[1]))


class Desk:
    """Operators' actions on the orders and stores of a ledger."""

    def __init__(self, ledger: Ledger, patience: Deadlines) -> None:
        """Act on *ledger*; personal data that is entered lives as long as *patience* says."""
        self._ledger = ledger
        self._patience = patience

    def cancel(self, amazon_order_id: str, store_id: str | None, reason: str) -> Order:
        """Have Amazon asked to cancel an Unshipped order. Raises NotFoundError, RefusedActionError."""
        return self._act("operator.cancel", amazon_order_id, store_id, lambda known: _cancel(known, reason))

    def edit_address(self, amazon_order_id: str, store_id: str | None, changes: dict[str, str]) -> Order:
        """Change fields of the shipping address. Raises NotFoundError, RefusedActionError that names the field."""
        return self._act("operator.edit_address", amazon_order_id, store_id, lambda known: _edit(known, changes))

    def add_store(self, store: Store) -> None:
        """Set up a store. Raises RefusedActionError when it is known already."""
        with self._ledger.begin() as work:
            work.stores.lock()
            if work.stores.load([store.store_id]):
                raise RefusedActionError(
                    f"The store {store.store_id} is there already; change it with `crossdock stores set`."
                )
            work.stores.save(store)

    def change_store(self, store_id: str, change: Callable[[Store], Store]) -> Store:
        """Change a store, and have its orders follow the new settings. Raises NotFoundError."""
        with self._ledger.begin() as work:
            work.stores.lock()
            changed = change(get_store(work, store_id))
            work.stores.save(changed)
        self._settle_again(store_id)
        return changed

    def give_up(self, work: UnitOfWork, orders: Collection[OrderKey], given_up: Discarded) -> None:
        """Have orders never imported, in the transaction *work*."""
        looked = BatchState(
            [], [], work.stores.load({key[0] for key in orders}), work.orders.load(orders, lock=True), {}
        )
        rulings = [_give_up(looked, order, given_up) for order in looked.orders.values()]
        self._write(work, looked, rulings)

    def _act(
        self, name: str, amazon_order_id: str, store_id: str | None, decide: Callable[[OrderContext], Decision]
    ) -> Order:
        with self._ledger.begin() as work:
            key = find_order(work, amazon_order_id, store_id).key
            orders = work.orders.load([key], lock=True)
            looked = BatchState([], [], work.stores.load([key[0]]), orders, work.vault.load([key]))
            event = _operator_event(name, key)
            decision = decide(looked.context_of(event))
            self._write(work, looked, [DecidedEvent(event, decision, orders[key])])
        return decision.order or orders[key]

    def _write(self, work: UnitOfWork, looked: BatchState, rulings: list[DecidedEvent]) -> None:
        """Write rulings as a consumer does; what follows goes through the outbox, for no delivery carries it."""
        decided = DecidedBatch(rulings)
        said = follow_ups_of(work, "desk", decided)
        write_orders(work, "desk", looked, decided, self._patience)
        work.outbox.put([message for messages in said.values() for message in messages])

    def _settle_again(self, store_id: str) -> None:
        """Settle all orders of a store that are not in Commerce, as its settings now demand."""
        wanted = OrderFilter(store_id=store_id, import_states=_NOT_IMPORTED)
        after: OrderKey | None = None
        while True:
            with self._ledger.begin() as work:
                page = [order.key for order in work.orders.after(wanted, after, PAGE)]
                orders = work.orders.load(page, lock=True)
                looked = BatchState(
                    [], [], work.stores.load([store_id]), orders, {}
                )  # what holds the orders holds the store
                rulings = [_recompute(order, looked.store(store_id)) for order in orders.values()]
                self._write(work, looked, [ruling for ruling in rulings if ruling is not None])
            if len(page) < PAGE:
                return
            after = page[-1]


def find_order(work: UnitOfWork, amazon_order_id: str, store_id: str | None) -> Order:
    """Return an order. Raises NotFoundError, and AmbiguousOrderError when several stores have it."""
    order = work.orders.find(amazon_order_id, store_id)
    if order is None:
        where = f" in store {store_id}" if store_id else ""
        raise NotFoundError(f"There is no order {amazon_order_id}{where}; see `crossdock orders list`.")
    return order


def get_store(work: UnitOfWork, store_id: str) -> Store:
    """Return a store. Raises NotFoundError."""
    store = work.stores.load([store_id]).get(store_id)
    if store is None:
        raise NotFoundError(f"There is no store {store_id}; see `crossdock stores list`.")
    return store


def _cancel(known: OrderContext, reason: str) -> Decision:
    before = _order(known)
    if before.cancellation:
        raise RefusedActionError(
            f"The cancellation of order {before.amazon_order_id} was requested before ({before.cancellation.reason})."
        )
    why_not = cancel_order.refusal(before, reason)
    if why_not:
        raise RefusedActionError(f"Order {before.amazon_order_id} is not canceled. {why_not}")
    after = cancel_order.request(before, reason)
    return Decision(after, after.note, follow_ups(before, after, known.store))


def _edit(known: OrderContext, changes: Mapping[str, str]) -> Decision:
    why_not = edit_address.refusal(_order(known))
    if why_not:
        raise RefusedActionError(f"The address of order {_order(known).amazon_order_id} is not edited. {why_not}")
    try:
        return edit_address.decide(known, dict(changes))
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False))
        raise RefusedActionError(f"The address of order {_order(known).amazon_order_id} is wrong: {wrong}.") from None


def _order(known: OrderContext) -> Order:
    assert known.order is not None  # noqa: S101 - `_act` has found it
    return known.order


def _give_up(looked: BatchState, before: Order, given_up: Discarded) -> DecidedEvent:
    event = _operator_event("operator.discard", before.key)
    return DecidedEvent(event, discard_order.decide(looked.context_of(event), given_up), before)


def _recompute(before: Order, store: Store) -> DecidedEvent | None:
    """Return what new settings make of an order, or nothing when it stays as it is, and so does its stock."""
    after = derive(before, store)
    wanted = _follow_ups(before, after, store)
    if after == before and not wanted:
        return None
    note = f"Store settings changed; the order's import is now {after.import_state.replace('_', ' ')}."
    if after.import_state is before.import_state:
        note = "Store settings changed; the stock held for the order follows them."
    after = after.model_copy(update={"note": note})
    return DecidedEvent(_operator_event("operator.store_settings", before.key), Decision(after, note, wanted), before)


def _follow_ups(before: Order, after: Order, store: Store) -> tuple[Payload, ...]:
    """Return what follows. By new settings the stock held may be wrong though nothing about the order changed."""
    new = follow_ups(before, after, store)
    return (*new, *(payload for payload in reservation_request(after, store) if payload not in new))
