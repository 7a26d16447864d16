"""Migration 0031: listings are filled from the recorded orders, page by page."""

import importlib

import pytest

from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from schemas.line import Line
from tests.ledger.database.versions import downgrade
from tests.ledger.values import an_order

migration = importlib.import_module("ledger.migrations.versions.0031_listings")


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_listings_are_filled_from_recorded_orders(ledger: Ledger, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mug, lamp = (Line(order_item_id=sku, seller_sku=sku, quantity=1) for sku in ("MUG", "LAMP"))
    known = mug.model_copy(update={"asin": "B01"})
    orders = [an_order(1, lines=(known, lamp)), an_order(3, lines=(mug, mug)), an_order(2, lines=(mug,)), an_order(4)]
    with ledger.begin() as work:
        work.record("", BatchRecord([*orders, an_order(9, store_id="another", lines=(lamp,))]))
    with ledger.begin() as work:
        work.listings.sum_up(100)
        kept = work.listings.after(None, 10)
    assert [(one.seller_sku, one.asin, one.orders) for one in kept] == [
        ("LAMP", None, 1),
        ("LAMP", None, 1),
        ("MUG", "B01", 3),
    ]
    downgrade(ledger, "0030")
    monkeypatch.setattr(migration, "PAGE", page)
    ledger.migrate()
    with ledger.read() as work:
        assert work.listings.after(None, 10) == kept
