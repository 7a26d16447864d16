"""Stores at a glance: their marketplaces, their dates, and the sums of many stores at once."""

from datetime import timedelta

from operations.store_cards import list_store_cards
from operations.store_changes import add_store, change_store
from tests.builders import STORE_ID, placed, usd
from tests.harness import Pipeline
from tests.letters import order_id


def test_a_card_has_the_name_of_the_marketplace_and_when_the_store_was_added_and_changed(pipeline: Pipeline) -> None:
    add_store(pipeline.context, "fresh", {"marketplace_id": "A1PA6795UKMFR9"}, actor="ann")
    (fresh,) = [card for card in list_store_cards(pipeline.context, 9).rows if card.store.store_id == "fresh"]
    assert (fresh.marketplace, fresh.changed_at) == ("Germany", None)
    assert fresh.created_at is not None
    change_store(pipeline.context, "fresh", {"marketplace_id": "A-NEW-ONE"}, actor="ann")
    (changed,) = [card for card in list_store_cards(pipeline.context, 9).rows if card.store.store_id == "fresh"]
    assert (changed.marketplace, changed.created_at) == (None, fresh.created_at)
    assert changed.changed_at is not None


def test_each_card_has_the_sums_of_its_own_store(pipeline: Pipeline) -> None:
    add_store(pipeline.context, "other", {}, actor="ann")
    now = pipeline.context.ledger.now()
    for number, (store, age) in enumerate([(STORE_ID, 1), (STORE_ID, 2), ("other", 3), ("other", 40)]):
        known = {"order_total": usd("5.00"), "purchase_date": now - timedelta(days=age), "last_update_date": now}
        pipeline.handle(placed(store_id=store, amazon_order_id=order_id(number), **known))
    cards = {card.store.store_id: card for card in list_store_cards(pipeline.context, 9).rows}
    assert {name: (card.orders, *map(str, card.sales)) for name, card in cards.items()} == {
        STORE_ID: (2, "10.00 USD"),
        "other": (1, "5.00 USD"),
    }
