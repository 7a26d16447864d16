"""A parcel that waits for what its order lacks is one letter while it does, whatever made it wait and in any order."""

from itertools import permutations

import pytest

from ledger.selection import LetterFilter
from schemas.letters import DeadLetter, LetterState
from schemas.payloads import CommerceShipped
from tests.builders import a_report, a_store, an_item, changed, shipped
from tests.pipeline import Pipeline
from tests.workers.letters.scenes import FIXED, begin_replay, carry_out, the_letter
from workers.assembly import patience
from workers.discarding import discard
from workers.editing import edit

FIRST, SECOND = shipped("a", 60, items={"item-1": 1}), shipped("b", 61, items={"item-1": 1})
EARLIER = shipped("c", 50, items={"item-1": 1})
WHO = {"who": "tester", "why": "a test"}


@pytest.fixture
def shop(pipeline: Pipeline) -> Pipeline:
    """A shop with an order of one piece."""
    pipeline.set_up(a_store())
    pipeline.stock(FIXED)
    pipeline.say(a_report("Unshipped"))
    return pipeline


def waiting(shop: Pipeline) -> list[str]:
    """The reasons of letters of parcels that wait."""
    return sorted(letter.reason for letter in shop.letters(state=LetterState.WAITING, consumer="commerce-shipped"))


def replayed(shop: Pipeline) -> DeadLetter:
    """The letter, after a replay."""
    carry_out(shop, begin_replay(shop).replay_id)
    return the_letter(shop)


@pytest.mark.parametrize("told", list(permutations([FIRST, SECOND, EARLIER])))
def test_the_same_parcels_wait_in_any_order_of_arrival(shop: Pipeline, told: tuple[CommerceShipped, ...]) -> None:
    shop.say(*told)
    assert [reason.split(":")[0] for reason in waiting(shop)] == [
        "Shipment a holds nothing",
        "Shipment b holds nothing",
    ]


def test_a_parcel_that_another_one_empties_is_told_of_as_it_is(shop: Pipeline) -> None:
    shop.say(FIRST)
    assert shop.letters() == []
    shop.say(EARLIER)
    letter = the_letter(shop)
    assert (letter.consumer, letter.event) == ("commerce-shipped", "commerce.shipped")
    with shop.ledger.read() as work:
        told = work.queries.letter_message(letter.id).body
    assert b'"shipment_id":"a"' in told
    assert b'"order_item_id":"item-1"' in told


def test_tellings_of_a_parcel_share_its_letter(shop: Pipeline) -> None:
    shop.say(shipped(items={"item-9": 1}))
    shop.say(shipped(minutes=61, items={"item-8": 1}))
    assert "item-8" in the_letter(shop).reason


def test_a_reason_that_changes_is_told(shop: Pipeline) -> None:
    shop.say(shipped(items={"item-8": 1, "item-9": 1}))
    shop.say(changed(minutes=5, items=(an_item(), an_item(8, seller_sku="SKU-1"))))
    (reason,) = waiting(shop)
    assert "does not have: item-9;" in reason


@pytest.mark.parametrize("after", [EARLIER, shipped("a", items={"item-9": 1})], ids=["emptied", "unknown item"])
def test_a_report_settles_it(shop: Pipeline, after: CommerceShipped) -> None:
    shop.say(FIRST, after)
    assert len(waiting(shop)) == 1
    items = (an_item(quantity=2), an_item(9, seller_sku="SKU-1"))
    shop.say(changed(minutes=5, items=items))
    assert waiting(shop) == []


def test_no_replay_takes_it_off_the_list_while_the_parcel_waits(shop: Pipeline) -> None:
    shop.say(FIRST, EARLIER)
    before = the_letter(shop)
    assert (replayed(shop).state, replayed(shop).state) == (LetterState.WAITING, LetterState.WAITING)
    assert the_letter(shop).reason == before.reason


def test_an_edited_telling_settles_it_or_waits_itself(shop: Pipeline) -> None:
    shop.say(FIRST, EARLIER)
    letter = the_letter(shop)
    with shop.ledger.read() as work:
        body = work.queries.letter_message(letter.id).body
    edit(shop.ledger, letter.id, body.replace(b"item-1", b"item-9"), **WHO)
    shop.settle()
    assert len(waiting(shop)) == 1
    later = body.replace(b"T13:", b"T23:").replace(b'"quantity":1', b'"quantity":2')
    edit(shop.ledger, letter.id, later, **WHO)
    shop.say(changed(minutes=5, items=(an_item(quantity=3),)))
    assert waiting(shop) == []


def test_a_discarded_letter_comes_back_only_for_another_telling(shop: Pipeline) -> None:
    shop.say(FIRST, EARLIER)
    discard(shop.ledger, patience(shop.parts.settings), LetterFilter(), **WHO)
    shop.say(changed(minutes=5, is_prime=True))
    assert waiting(shop) == []
    shop.say(shipped("a", 62, items={"item-1": 1}))
    assert len(waiting(shop)) == 1
