"""Completion is asked for once an occasion: an order, a shipment; news of either is a new one."""

import pytest

from ledger.ledger import Ledger
from schemas.payloads import StatusChanged
from schemas.product import Product
from schemas.status import Status
from tests.builders import a_report, an_item, changed, shipped
from tests.harness import Pipeline
from tests.pipeline.test_processor import message
from tests.workers.test_jobs import NOW, SETTINGS, a_shipped_order, save
from workers.jobs import complete_shipped, run_all
from workers.process.parts import Parts

PIECE = Product(sku="SKU-1", name="Piece", quantity=9)


def pieces(count: int, minutes: float) -> StatusChanged:
    """Amazon's report that so many pieces are ordered."""
    return changed("Unshipped", minutes, items=(an_item(quantity=count),))


@pytest.fixture
def wholly_shipped(pipeline: Pipeline) -> Pipeline:
    """An order of two pieces, both shipped, whose completion the scheduler may have requested."""
    pipeline.stock(PIECE)
    pipeline.handle(a_report("Unshipped", items=(an_item(quantity=2),)), shipped(items={"item-1": 2}))
    return pipeline


def test_a_completion_that_was_premature_when_it_was_handled_is_asked_for_again(wholly_shipped: Pipeline) -> None:
    run_all([complete_shipped], wholly_shipped.ledger, SETTINGS, NOW)
    wholly_shipped.publish(wholly_shipped.parts.processor("status-changed").take([message(pieces(3, 2))]).follow_ups)
    wholly_shipped.drain()
    assert "Nothing to complete." in [entry.note for entry in wholly_shipped.history()]
    wholly_shipped.handle(pieces(2, 3))
    wholly_shipped.run_jobs(complete_shipped)
    assert wholly_shipped.order().status is Status.COMPLETED


@pytest.mark.parametrize("minutes", [1, 2])
def test_a_refused_completion_is_asked_for_again_when_the_ordered_pieces_change(
    parts: Parts, ledger: Ledger, minutes: float
) -> None:
    """Also by a report of the same instant, where the greater number counts."""
    shipped_order = a_shipped_order()
    save(ledger, [shipped_order])
    asked = [run_all([complete_shipped], ledger, SETTINGS, NOW) for _ in range(2)]
    more = pieces(2, minutes).model_copy(update={"amazon_order_id": shipped_order.amazon_order_id})
    parts.processor("status-changed").take([message(more)])
    asked += [run_all([complete_shipped], ledger, SETTINGS, NOW) for _ in range(2)]
    assert asked == [1, 0, 1, 0]
