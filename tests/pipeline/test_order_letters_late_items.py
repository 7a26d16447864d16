"""A parcel with an item that a later report brings: kept, a dead letter meanwhile, resolved by the report."""

import pytest

from schemas.dead_letters import DeadLetterType, LetterState
from schemas.payloads import Payload
from schemas.product import Product
from schemas.status import Status
from tests.builders import HOME, a_store, an_item, changed, placed, shipped, usd
from tests.harness import Pipeline
from tests.letters import begin_replay, run_replay, the_letter

pytestmark = pytest.mark.databases("sqlite", "postgresql")

PLACED = placed()
ITEMS = (an_item(1), an_item(2))
REPORT = changed("Unshipped", items=ITEMS, shipping_address=HOME, order_total=usd("20.00"))
PARCEL = shipped(items={"item-1": 1, "item-2": 1})


@pytest.fixture
def shop(pipeline: Pipeline) -> Pipeline:
    """A shop that has both products, and an Amazon that knows both items."""
    pipeline.add_store(a_store())
    pipeline.stock(*(Product(sku=item.seller_sku, name="Test product", quantity=10) for item in ITEMS))
    pipeline.amazon.place([placed(items=ITEMS)])
    return pipeline


@pytest.mark.parametrize(
    "arrival", [(PLACED, REPORT, PARCEL), (PLACED, PARCEL, REPORT), (PARCEL, PLACED, REPORT)], ids=["ABC", "ACB", "CAB"]
)
def test_the_outcome_is_the_same_in_any_order_of_arrival(shop: Pipeline, arrival: tuple[Payload, ...]) -> None:
    for one in arrival:
        shop.handle(one)
    assert shop.order().status is Status.SHIPPED
    assert shop.confirmed_parcels() == {"parcel-1": {"item-1": 1, "item-2": 1}}
    assert [letter for letter in shop.letters() if letter.state is not LetterState.RESOLVED] == []


def test_a_parcel_whose_item_is_never_reported_stays_a_dead_letter_that_names_it(shop: Pipeline) -> None:
    shop.handle(PLACED, PARCEL)
    letter = the_letter(shop)
    assert (letter.letter_type, letter.state) == (DeadLetterType.FAILED, LetterState.OPEN)
    assert "has items that the order lacks: item-2" in letter.reason
    assert shop.order().note == letter.reason
    shop.handle(changed("Unshipped", shipping_address=HOME, order_total=usd("10.00")))
    assert the_letter(shop).state is LetterState.OPEN
    assert shop.confirmed_parcels() == {"parcel-1": {"item-1": 1}}
    _, sums = run_replay(shop, begin_replay(shop).replay_id)
    assert sums.failed_again == 1
    assert (the_letter(shop).state, the_letter(shop).attempts) == (LetterState.OPEN, 2)


def test_a_version_of_a_parcel_without_the_wrong_item_resolves_the_letter_of_the_first(shop: Pipeline) -> None:
    shop.handle(PLACED, REPORT)
    shop.handle(shipped(items={"item-1": 1, "item-9": 1}))
    assert the_letter(shop).state is LetterState.OPEN
    shop.handle(shipped(minutes=61, items={"item-1": 1, "item-2": 1}))
    assert the_letter(shop).state is LetterState.RESOLVED
    assert shop.order().status is Status.SHIPPED


def test_both_versions_in_one_batch_leave_no_open_letter(shop: Pipeline) -> None:
    shop.handle(PLACED, REPORT)
    shop.handle(shipped(items={"item-9": 1}), shipped(minutes=61, items={"item-1": 1, "item-2": 1}))
    assert the_letter(shop).state is LetterState.RESOLVED
