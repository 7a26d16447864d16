"""A fixed cause wakes exactly the orders that wait for it, once, also when fixing and blocking coincide."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event, Thread

import pytest

from events.envelope import encode
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from ledger.orders import wake_ups
from ledger.unit_of_work import UnitOfWork
from operations.catalog.listings import match_listing
from operations.orders.actions import operator_event
from operations.store_changes import change_store
from pipeline.processor import BatchProcessor
from pipeline.reimport import request_imports
from schemas.dead_letters import LetterState
from schemas.payloads import CatalogChanged, ImportRequested, Payload
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import HOME, STORE_ID, a_store, an_item, placed, shipped, store_changes, usd
from tests.doubles import FlakyGateways
from tests.harness import SOON, VAULT_KEY, Pipeline, event_of, eventually, message_of
from tests.letters import FIXED, block, blocked, key, never_placed, order_id, the_letter
from workers.process.parts import Parts

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def requests(pipeline: Pipeline) -> list[str]:
    """Return the orders whose import the outbox asks for, and take them out of it."""
    with pipeline.ledger.begin() as work:
        claimed = [one for one in work.outbox.claim_due(1000, timedelta(0)) if one.message.name == "import.requested"]
        work.outbox.mark_sent([one.outbox_id for one in claimed])
    return sorted(one.message.order_id or "" for one in claimed)


def importer(pipeline: Pipeline, outside: FlakyGateways) -> BatchProcessor:
    return BatchProcessor("importer", pipeline.ledger, outside, pipeline.context.deadlines)


def ask_for_import(pipeline: Pipeline, number: int) -> ImportRequested:
    return ImportRequested(store_id=STORE_ID, amazon_order_id=order_id(number))


def test_a_product_that_comes_releases_exactly_its_orders(pipeline: Pipeline) -> None:
    block(pipeline, range(3), "SKU-1")
    block(pipeline, range(3, 5), "SKU-2")
    pipeline.stock(FIXED)
    assert sorted(order.key[1] for order in pipeline.shop_orders()) == [order_id(number) for number in range(3)]
    assert len(pipeline.letters(state=LetterState.RESOLVED)) == 3
    assert len(pipeline.letters(state=LetterState.OPEN)) == 2


def test_an_order_that_waits_for_two_causes_is_created_once_after_the_second(pipeline: Pipeline) -> None:
    items = (an_item(1), an_item(2))
    facts = {"shipping_address": HOME, "items": items, "order_total": usd("20.00")}
    pipeline.handle(placed(amazon_order_id=order_id(0), status="Unshipped", **facts))
    assert [cause.key for cause in the_letter(pipeline).causes] == ["SKU-1", "SKU-2"]
    pipeline.stock(FIXED)
    assert pipeline.shop_orders() == []
    pipeline.stock(FIXED.model_copy(update={"sku": "SKU-2"}))
    pipeline.stock(FIXED, FIXED.model_copy(update={"sku": "SKU-2"}))
    assert pipeline.order(order_id(0)).import_state is ImportState.IMPORTED
    assert len(pipeline.shop_orders()) == 1
    imports = [entry for entry in pipeline.history(key(0)) if entry.event == "import.requested"]
    assert len(imports) == 3  # the first, and one for each product that came


def test_a_match_made_by_hand_releases_its_orders(pipeline: Pipeline) -> None:
    pipeline.add_store(a_store())
    block(pipeline, range(2), "LISTED")
    pipeline.commerce.catalog.save([FIXED])
    assert match_listing(pipeline.context, STORE_ID, "LISTED", "SKU-1", actor="ann").imports_requested == 2
    pipeline.drain()
    assert len(pipeline.shop_orders()) == 2


def test_an_import_switched_on_releases_exactly_the_waiting_orders(pipeline: Pipeline) -> None:
    pipeline.add_store(a_store(import_orders=False))
    pipeline.commerce.catalog.save([FIXED])
    block(pipeline, range(2))
    block(pipeline, range(2, 3), status="Pending")
    assert pipeline.shop_orders() == []
    change_store(pipeline.context, STORE_ID, store_changes(a_store()), actor="ann")
    assert requests(pipeline) == [order_id(0), order_id(1)]


def test_an_order_that_is_recorded_after_all_releases_what_was_overdue(pipeline: Pipeline) -> None:
    never_placed(pipeline)
    assert the_letter(pipeline).state is LetterState.OPEN
    pipeline.commerce.catalog.save([FIXED])
    block(pipeline)
    assert the_letter(pipeline).state is LetterState.RESOLVED
    assert [parcel.shipment_id for parcel in pipeline.order(order_id(0)).parcels] == ["parcel-1"]


def test_a_wake_up_while_commerce_is_being_asked_is_not_lost(pipeline: Pipeline) -> None:
    blocked(pipeline)
    outside = FlakyGateways(pipeline.parts.gateways)
    asked = pipeline.parts.gateways.perform
    event = operator_event("test.wake", Payload())

    def fix_after_the_answer(requests: object) -> object:
        answers = asked(requests)  # type: ignore[arg-type]
        pipeline.commerce.catalog.save([FIXED])
        with pipeline.ledger.begin() as work:
            request_imports(work, ["product:SKU-1"], event)
        return answers

    outside.perform = fix_after_the_answer  # type: ignore[method-assign, assignment]
    with pipeline.ledger.begin() as work:
        work.wake_ups.replace_keys({key(0): ()})  # nobody sees the order waiting while it is being asked about
    with pipeline.ledger.read() as work:
        message = encode(ask_for_import(pipeline, 0), "again", work.now)
    importer(pipeline, outside).take([message])
    assert requests(pipeline) == [order_id(0)]


@pytest.fixture
def other(pipeline: Pipeline, url: str) -> Iterator[Ledger]:
    """The same database for another process."""
    with closing(Ledger.open(url, Cipher.of([VAULT_KEY]))) as opened:
        yield opened


class Interleaved:
    """A fix of a cause and the blocking of an order on it, each in a transaction of its own."""

    def __init__(self, mender: Ledger, blocker: Ledger) -> None:
        """Begin with an order that nobody waits for."""
        self._mender, self._blocker = mender, blocker
        self._threads: list[Thread] = []
        self.found: list[str] = []

    def fix(self, work: UnitOfWork) -> None:
        """Wake, and return the waits that are seen."""
        work.wake_ups.wake(["product:SKU-1"])
        self.found += [f"mender saw {order[1]}" for order in work.wake_ups.waiting_for(["product:SKU-1"])]

    def block(self, work: UnitOfWork, mark: int) -> None:
        """Wait, and return the wake-ups that are seen."""
        work.wake_ups.replace_keys({key(0): ("product:SKU-1",)})
        self.found += [f"blocker saw {woken}" for woken in work.wake_ups.woken_since(["product:SKU-1"], mark)]

    def mark(self) -> int:
        """Read the mark, as the importer does before it asks."""
        with self._blocker.read() as work:
            return work.wake_ups.mark()

    def in_the_background(self, ledger: Ledger, act: object, *given: object) -> Event:
        """Run a function in a transaction of its own; return once it is committed."""
        done = Event()

        def run() -> None:
            with ledger.begin() as work:
                act(work, *given)  # type: ignore[operator]
            done.set()

        self._threads.append(Thread(target=run))
        self._threads[-1].start()
        return done

    def join(self) -> None:
        """Wait for both."""
        for thread in self._threads:
            thread.join(SOON)


@pytest.fixture
def interleaved(ledger: Ledger, other: Ledger) -> Interleaved:
    """Two connections to one database."""
    return Interleaved(ledger, other)


POSTGRESQL = pytest.mark.databases("postgresql")


@POSTGRESQL
def test_a_fix_after_an_order_was_blocked_waits_for_its_commit_and_sees_the_order(
    interleaved: Interleaved, ledger: Ledger, other: Ledger
) -> None:
    mark = interleaved.mark()
    with other.begin() as work:
        interleaved.block(work, mark)
        mended = interleaved.in_the_background(ledger, interleaved.fix)
        assert not mended.wait(0.3), "the one who mends did not wait for the one who blocks"
    interleaved.join()
    assert interleaved.found == [f"mender saw {order_id(0)}"]


@POSTGRESQL
def test_blocking_after_a_fix_waits_for_its_commit_and_sees_the_wake_up(
    interleaved: Interleaved, ledger: Ledger, other: Ledger
) -> None:
    mark = interleaved.mark()
    with ledger.begin() as work:
        interleaved.fix(work)
        is_blocked = interleaved.in_the_background(other, interleaved.block, mark)
        assert not is_blocked.wait(0.3), "the one who blocks did not wait for the one who mends"
    interleaved.join()
    assert interleaved.found == ["blocker saw product:SKU-1"]


@POSTGRESQL
def test_a_mark_read_between_a_fix_and_its_commit_does_not_hide_it(
    interleaved: Interleaved, ledger: Ledger, other: Ledger
) -> None:
    with ledger.begin() as work:
        interleaved.fix(work)
        mark = interleaved.mark()
        second = interleaved.in_the_background(other, lambda work: work.wake_ups.wake(["product:SKU-2"]))
        assert not second.wait(0.3), "wake-ups were numbered in another order than that of their commits"
    interleaved.join()
    with other.begin() as work:
        interleaved.block(work, mark)
    assert interleaved.found == ["blocker saw product:SKU-1"]


@POSTGRESQL
def test_orders_blocked_on_other_products_do_not_wait_for_a_fix(
    interleaved: Interleaved, ledger: Ledger, other: Ledger
) -> None:
    mark = interleaved.mark()
    free = next(
        f"product:{n}" for n in range(100) if wake_ups._slots([f"product:{n}"]) != wake_ups._slots(["product:SKU-1"])
    )
    with ledger.begin() as work:
        interleaved.fix(work)
        done = interleaved.in_the_background(other, lambda work: work.wake_ups.woken_since([free], mark))
        assert done.wait(SOON)
    interleaved.join()


@POSTGRESQL
def test_fix_and_block_at_the_same_time_leave_no_order_behind(pipeline: Pipeline, other: Ledger) -> None:
    """Orders come and are blocked while their product is being mended; all are imported in the end, each once."""
    pipeline.add_store(a_store())
    stop = Event()

    def fix() -> None:
        for number in range(8):
            product = Product(sku=f"SKU-{number}", name="Test product", quantity=1000)
            pipeline.commerce.catalog.save([product])
            with other.begin() as work:
                work.outbox.put([encode(CatalogChanged(sku=product.sku), f"fix-{number}", work.now)])
        stop.set()

    thread = Thread(target=fix)
    thread.start()
    for number in range(8):
        block(pipeline, range(number * 4, number * 4 + 4), f"SKU-{number}")
    thread.join(SOON)
    assert stop.is_set()
    eventually(lambda: _settled(pipeline) == 32, "all orders are imported")
    assert len({order.key for order in pipeline.shop_orders()}) == 32


def _settled(pipeline: Pipeline) -> int:
    pipeline.drain()
    return len(pipeline.shop_orders())


def test_shipping_before_the_order_was_placed_is_wholly_undone(pipeline: Pipeline, parts: Parts) -> None:
    never_placed(pipeline)
    pipeline.handle(shipped(amazon_order_id=order_id(0), shipment_id="parcel-2"))
    pipeline.commerce.catalog.save([FIXED])
    block(pipeline)
    assert {parcel.shipment_id for parcel in pipeline.order(order_id(0)).parcels} == {"parcel-1", "parcel-2"}


def test_an_order_that_waits_for_two_products_of_one_batch_is_requested_once(pipeline: Pipeline) -> None:
    items = (an_item(1), an_item(2))
    pipeline.handle(placed(amazon_order_id=order_id(0), status="Unshipped", items=items, shipping_address=HOME))
    changes = [CatalogChanged(sku=sku) for sku in ("SKU-1", "SKU-2", "SKU-2")]
    pipeline.parts.processor("catalog-changed").take([message_of(event_of(one), "catalog.changed") for one in changes])
    assert requests(pipeline) == [order_id(0)]
