"""Orders, stores, matches and order histories."""

import threading
from decimal import Decimal

import pytest

from ledger.batches import BatchRecord
from ledger.errors import LedgerError, OrderChangedMeanwhileError
from ledger.ledger import Ledger
from ledger.orders.matches import Match
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from schemas.history import HistoryEntry
from schemas.line import Line
from schemas.money import Money
from schemas.order import Order
from schemas.store import OrderSettings, Store
from tests.ledger.values import NOON, STORE, an_order

REMEDY = Remedy(kind=RemedyKind.LIST_ORDERS)


def save(ledger: Ledger, *orders: Order) -> None:
    with ledger.begin() as work:
        work.record("", BatchRecord(orders, {}))


def test_an_order_is_read_as_it_was_saved(ledger: Ledger) -> None:
    order = an_order(
        order_total=Money(currency="USD", amount=Decimal("999999999999.123456")),
        lines=(Line(order_item_id="1", seller_sku="ŻÓŁW-1", quantity=2),),
        blockers=(Blocker(kind=BlockerKind.ADDRESS, key="x", reason="r", solution="s", remedy=REMEDY),),
        fact_stamps={"status": 5},
    )
    save(ledger, order)
    with ledger.read() as work:
        assert work.orders.load([order.key, an_order(2).key], lock=False) == {order.key: order}


def test_many_orders_are_saved_and_loaded_at_once(ledger: Ledger) -> None:
    orders = [an_order(number) for number in range(1200)]
    save(ledger, *orders)
    with ledger.begin() as work:
        assert work.orders.load([order.key for order in orders], lock=True) == {order.key: order for order in orders}


def test_an_order_is_saved_as_the_next_version_of_the_stored_one(ledger: Ledger) -> None:
    save(ledger, an_order())
    save(ledger, an_order(note="second", version=2))
    with ledger.read() as work:
        assert work.orders.load([an_order().key], lock=False)[an_order().key].note == "second"


@pytest.mark.parametrize("version", [1, 2, 4])
def test_an_order_that_another_transaction_wrote_is_not_overwritten(ledger: Ledger, version: int) -> None:
    save(ledger, an_order())
    save(ledger, an_order(version=2))
    with pytest.raises(OrderChangedMeanwhileError, match="written by another process"):
        save(ledger, an_order(2), an_order(note="late", version=version))
    with ledger.read() as work:
        stored = work.orders.load([an_order().key, an_order(2).key], lock=False)
    assert list(stored) == [an_order().key], "the other order must be rolled back, too"
    assert stored[an_order().key].note == ""


def test_two_concurrent_writers_both_increment_one_order(ledger: Ledger) -> None:
    save(ledger, an_order())
    failures: list[Exception] = []

    def increment() -> None:
        try:
            for _ in range(25):
                with ledger.begin() as work:
                    order = work.orders.load([an_order().key], lock=True)[an_order().key]
                    work.record("", BatchRecord([order.model_copy(update={"version": order.version + 1})], {}))
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=increment) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    with ledger.read() as work:
        assert work.orders.load([an_order().key], lock=False)[an_order().key].version == 76


def test_any_exception_rolls_everything_back(ledger: Ledger) -> None:
    def fail_after_saving() -> None:
        with ledger.begin() as work:
            work.record("", BatchRecord([an_order()], {}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_saving()
    with ledger.read() as work:
        assert work.orders.load([an_order().key], lock=False) == {}


def test_a_read_only_transaction_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerError), ledger.read() as work:
        work.record("", BatchRecord([an_order()], {}))
    save(ledger, an_order())


def test_the_history_is_in_the_order_of_writing(ledger: Ledger) -> None:
    entries = [HistoryEntry(an_order().key, f"event {number}", "noted", f"id-{number}", NOON) for number in range(20)]
    with ledger.begin() as work:
        work.record("", BatchRecord(entries=entries))
    with ledger.begin() as work:
        work.record("", BatchRecord(entries=[HistoryEntry(an_order(2).key, "other", "", "id", NOON)]))
    with ledger.read() as work:
        assert work.history.of_order(an_order().key) == entries


def test_a_store_named_by_an_event_does_not_replace_an_existing_one(ledger: Ledger) -> None:
    known = Store(store_id=STORE, name="Main", integrated_at=NOON, settings=OrderSettings(import_orders=False))
    with ledger.begin() as work:
        work.stores.save(known)
        work.stores.add_missing(["new", STORE, "new"])
    with ledger.read() as work:
        assert work.stores.all() == [Store(store_id="new", name="new"), known]
        assert work.stores.load([STORE, "none"]) == {STORE: known}


def test_a_listing_has_one_product_and_can_be_unmatched(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.matches.save(STORE, "listing", "OLD")
        work.matches.save(STORE, "listing", "SKU-1")
        work.matches.save("other", "listing", "SKU-2")
    with ledger.read() as work:
        assert work.matches.load([(STORE, "listing"), (STORE, "none")]) == {(STORE, "listing"): "SKU-1"}
        assert work.matches.after(None, 10, STORE) == [Match(STORE, "listing", "SKU-1")]
        assert len(work.matches.after(None, 10)) == 2
    with ledger.begin() as work:
        assert work.matches.remove(STORE, "listing")
        assert not work.matches.remove(STORE, "listing")


def test_the_last_run_of_a_job_is_recorded(ledger: Ledger) -> None:
    with ledger.begin() as work:
        assert work.schedules.last_run("sync") is None
        work.schedules.record_run("sync", NOON.replace(hour=1))
        work.schedules.record_run("sync", NOON)
        assert work.schedules.last_run("sync") == NOON
