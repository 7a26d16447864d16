"""Discarding: a discarded letter stays in the ledger, and a discarded order is never imported."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from operations.dead_letters import discard as discarding
from operations.dead_letters.discard import discard
from operations.errors import DiscardRefusedError, RefusedActionError
from operations.orders.actions import edit_address
from operations.store_changes import change_store
from schemas.dead_letters import LetterFilter, LetterState
from schemas.payloads import ImportRequested
from schemas.status import ImportState, Status
from tests.builders import HOME, a_store, an_item, changed, usd
from tests.harness import Pipeline
from tests.letters import FIXED, WHO, block, blocked, context_of, discard_letters, key, order_id
from workers.jobs import retry_blocked
from workers.resender import resend_unanswered

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def discard_order(pipeline: Pipeline, number: int = 0) -> None:
    discard_letters(pipeline, LetterFilter(amazon_order_id=order_id(number)), "sold elsewhere")


def set_import(pipeline: Pipeline, *, on: bool) -> None:
    change_store(pipeline.context, key(0)[0], {"import_orders": on}, actor=WHO)
    pipeline.drain()


def switch_off_and_on(pipeline: Pipeline) -> None:
    set_import(pipeline, on=False)
    set_import(pipeline, on=True)


def report(pipeline: Pipeline) -> None:
    items = (an_item(quantity=2),)
    pipeline.handle(changed(amazon_order_id=order_id(0), minutes=9, items=items, order_total=usd("10.00")))


def report_address(pipeline: Pipeline) -> None:
    moved = HOME.model_copy(update={"line1": "2 Test Street"})
    pipeline.handle(changed(amazon_order_id=order_id(0), minutes=9, shipping_address=moved))


def ask(pipeline: Pipeline) -> None:
    pipeline.handle(ImportRequested(store_id=key(0)[0], amazon_order_id=order_id(0)))


def run_clock(pipeline: Pipeline) -> None:
    pipeline.run_jobs(retry_blocked, resend_unanswered, after=timedelta(days=1))


def stock(pipeline: Pipeline) -> None:
    pipeline.stock(FIXED)


@pytest.mark.parametrize("happen", [report, report_address, switch_off_and_on, ask, run_clock, stock])
def test_an_order_that_was_discarded_is_never_imported(pipeline: Pipeline, happen: Callable[[Pipeline], None]) -> None:
    pipeline.add_store(a_store())
    block(pipeline, range(2))
    discard_order(pipeline)
    pipeline.commerce.catalog.save([FIXED])
    happen(pipeline)
    assert order_id(0) not in [shop_order.key[1] for shop_order in pipeline.shop_orders()]
    assert pipeline.order(order_id(0)).import_state is ImportState.VIEW_ONLY
    assert [letter.amazon_order_id for letter in pipeline.letters(state=LetterState.DISCARDED)] == [order_id(0)]


def test_a_discarded_order_is_not_blocked_and_its_history_has_actor_and_reason(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    discard_order(pipeline)
    order = pipeline.order(order_id(0))
    assert (order.status, order.blockers) == (Status.UNSHIPPED, ())
    last = pipeline.history(key(0))[-1]
    assert (last.event, last.note) == (
        "operator.discard",
        f"Discarded by {WHO} (sold elsewhere); it is not imported.",
    )
    with pipeline.ledger.read() as work:
        assert [blocked.key for blocked in work.orders.blocked(None, 10)] == [key(1)]
        assert list(work.wake_ups.waiting_for(["product:SKU-1"])) == [key(1)]
    discard_order(pipeline, 1)
    with pipeline.ledger.read() as work:
        assert work.orders.blocked_stores(1) == ([], 0)


def test_the_address_of_a_discarded_order_is_not_edited(pipeline: Pipeline) -> None:
    blocked(pipeline)
    discard_order(pipeline)
    with pytest.raises(RefusedActionError, match=f"is not edited. It was discarded by {WHO} at .*sold elsewhere"):
        edit_address(pipeline.context, order_id(0), None, {"city": "Editville"}, actor=WHO)


def test_more_letters_than_fit_a_transaction_are_discarded_all(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discarding, "PAGE", 3)
    block(pipeline, range(7))
    assert discard_letters(pipeline, LetterFilter(key="SKU-1")) == 7
    with pipeline.ledger.read() as work:
        assert work.orders.counts()["import_state"] == {"view_only": 7}
        assert [act.details["letters"] for act in work.audit_log.latest()] == [1, 3, 3]


def test_a_discard_of_nothing_is_refused(pipeline: Pipeline) -> None:
    blocked(pipeline)
    for wanted, reason in (
        (LetterFilter(key="UNKNOWN"), "nothing was discarded"),
        (LetterFilter(state=LetterState.RESOLVED), "Only open letters"),
    ):
        with pytest.raises(DiscardRefusedError, match=reason):
            discard_letters(pipeline, wanted)
    with pytest.raises(DiscardRefusedError, match="Actor and reason"):
        discard(context_of(pipeline), LetterFilter(), actor=WHO, reason=" ")
    with pipeline.ledger.read() as work:
        assert (len(work.dead_letters.latest(LetterFilter(state=LetterState.OPEN))), work.audit_log.latest()) == (1, [])
