"""An incomplete parcel has one dead letter while it is incomplete, for every cause and in any order of events."""

from itertools import permutations

import pytest

from events.envelope import decode
from handlers.decision import Decision, Handler, OrderContext
from operations.dead_letters.edit import edit
from pipeline.parsing import letter_for
from schemas.dead_letters import DeadLetter, LetterState
from schemas.gateway_requests import Answer
from schemas.payloads import CommerceShipped, Payload
from tests.builders import a_report, a_store, an_item, changed, shipped
from tests.harness import Pipeline, event_of, message_of
from tests.letters import EVERY, FIXED, begin_replay, context_of, discard_letters, run_replay, the_letter

pytestmark = pytest.mark.databases("sqlite", "postgresql")

FIRST, SECOND = shipped("a", 60, items={"item-1": 1}), shipped("b", 61, items={"item-1": 1})
EARLIER = shipped("c", 50, items={"item-1": 1})
WHO = {"actor": "tester", "reason": "a test"}


@pytest.fixture
def shop(pipeline: Pipeline) -> Pipeline:
    """A shop with an order of one piece."""
    pipeline.add_store(a_store())
    pipeline.stock(FIXED)
    pipeline.handle(a_report("Unshipped"))
    return pipeline


def waiting(shop: Pipeline) -> list[str]:
    """The reasons of open letters of incomplete parcels."""
    return sorted(letter.reason for letter in shop.letters(state=LetterState.OPEN, consumer="commerce-shipped"))


def parcel_in_letter(shop: Pipeline) -> Payload:
    """The event in the message of the one open letter."""
    (letter,) = shop.letters(state=LetterState.OPEN)
    with shop.ledger.read() as work:
        return decode(work.dead_letters.message(letter.id)).payload


def replayed(shop: Pipeline) -> DeadLetter:
    """The letter, after a replay."""
    run_replay(shop, begin_replay(shop).replay_id)
    return the_letter(shop)


@pytest.mark.parametrize("arrival", list(permutations([FIRST, SECOND, EARLIER])))
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_the_same_parcels_are_incomplete_in_any_order_of_arrival(
    shop: Pipeline, arrival: tuple[CommerceShipped, ...], *, together: bool
) -> None:
    for batch in [arrival] if together else [(one,) for one in arrival]:
        shop.handle(*batch)
    assert [reason.split(":")[0] for reason in waiting(shop)] == [
        "Shipment a is empty",
        "Shipment b is empty",
    ]


def test_the_letter_of_a_parcel_that_another_one_empties_has_its_own_event(shop: Pipeline) -> None:
    shop.handle(FIRST)
    assert shop.letters() == []
    shop.handle(EARLIER)
    letter = the_letter(shop)
    assert (letter.consumer, letter.event) == ("commerce-shipped", "commerce.shipped")
    assert parcel_in_letter(shop) == FIRST


def test_versions_of_a_parcel_share_its_letter(shop: Pipeline) -> None:
    shop.handle(shipped(items={"item-9": 1}))
    shop.handle(shipped(minutes=61, items={"item-8": 1}))
    assert "item-8" in the_letter(shop).reason


def test_the_letter_has_the_version_that_counts_though_an_older_one_comes_last(shop: Pipeline) -> None:
    later = shipped(minutes=61, items={"item-8": 1})
    shop.handle(later)
    shop.handle(shipped(items={"item-9": 1}))
    assert parcel_in_letter(shop) == later


def test_the_letter_has_the_version_that_counts_though_another_parcel_made_it_incomplete(shop: Pipeline) -> None:
    corrected = shipped("a", 62, items={"item-1": 1}, tracking_number="TRACK-2")
    shop.handle(FIRST, EARLIER)
    shop.handle(shipped("c", 51, items={"item-9": 1}), corrected, shipped("c", 52, items={"item-1": 1}))
    assert parcel_in_letter(shop) == corrected


def test_a_reason_that_changes_is_saved(shop: Pipeline) -> None:
    shop.handle(shipped(items={"item-8": 1, "item-9": 1}))
    shop.handle(changed(minutes=5, items=(an_item(), an_item(8, seller_sku="SKU-1"))))
    (reason,) = waiting(shop)
    assert "lacks: item-9." in reason


@pytest.mark.parametrize("after", [EARLIER, shipped("a", items={"item-9": 1})], ids=["emptied", "unknown item"])
def test_a_report_resolves_it(shop: Pipeline, after: CommerceShipped) -> None:
    shop.handle(FIRST, after)
    assert len(waiting(shop)) == 1
    items = (an_item(quantity=2), an_item(9, seller_sku="SKU-1"))
    shop.handle(changed(minutes=5, items=items))
    assert waiting(shop) == []


def test_no_replay_resolves_it_while_the_parcel_is_incomplete(shop: Pipeline) -> None:
    shop.handle(FIRST, EARLIER)
    before = the_letter(shop)
    assert (replayed(shop).state, replayed(shop).state) == (LetterState.OPEN, LetterState.OPEN)
    assert the_letter(shop).reason == before.reason


def test_an_edited_version_resolves_it_or_is_incomplete_itself(shop: Pipeline) -> None:
    shop.handle(FIRST, EARLIER)
    letter = the_letter(shop)
    with shop.ledger.read() as work:
        body = work.dead_letters.message(letter.id).body
    edit(context_of(shop), letter.id, body.replace(b"item-1", b"item-9"), **WHO)
    shop.drain()
    assert len(waiting(shop)) == 1
    later = body.replace(b"T13:", b"T23:").replace(b'"quantity":1', b'"quantity":2')
    edit(context_of(shop), letter.id, later, **WHO)
    shop.handle(changed(minutes=5, items=(an_item(quantity=3),)))
    assert waiting(shop) == []


def test_an_edit_that_changes_nothing_leaves_it_open(shop: Pipeline) -> None:
    shop.handle(FIRST, EARLIER)
    with shop.ledger.read() as work:
        body = work.dead_letters.message(the_letter(shop).id).body
    edit(context_of(shop), the_letter(shop).id, body.replace(b"T13:", b"T11:"), **WHO)
    shop.drain()
    assert len(waiting(shop)) == 1


def test_a_replay_of_a_letter_from_before_parcels_had_their_own_makes_no_second_one(shop: Pipeline) -> None:
    shop.handle(shipped(items={"item-9": 1}))
    discard_letters(shop, EVERY)
    message = message_of(event_of(shipped(items={"item-9": 1})), "commerce.shipped")
    with shop.ledger.begin() as work:
        work.dead_letters.save([letter_for("commerce-shipped", message, "As it was.")])
    run_replay(shop, begin_replay(shop).replay_id)
    assert waiting(shop) == ["As it was."]
    shop.handle(changed(minutes=5, items=(an_item(), an_item(9, seller_sku="SKU-1"))))
    run_replay(shop, begin_replay(shop).replay_id)
    assert waiting(shop) == []


def test_a_discarded_letter_is_opened_only_by_another_version(shop: Pipeline) -> None:
    shop.handle(FIRST, EARLIER)
    discard_letters(shop, EVERY)
    shop.handle(changed(minutes=5, is_prime=True))
    shop.handle(FIRST)
    assert waiting(shop) == []
    shop.handle(shipped("a", 62, items={"item-1": 1}))
    assert len(waiting(shop)) == 1


def test_a_fault_in_a_handler_of_an_incomplete_parcel_has_a_letter_of_its_own(shop: Pipeline) -> None:
    def fails(known: OrderContext, event: Payload, answers: tuple[Answer, ...]) -> Decision:
        raise ArithmeticError

    shop.handle(FIRST, EARLIER)
    processor = shop.parts.processor("commerce-shipped")
    processor._handler = Handler(fails)
    processor.take([message_of(event_of(FIRST), "commerce.shipped")])
    assert [reason.split()[0] for reason in waiting(shop)] == ["Shipment", "The"]
