"""The dead letter of a blocked order has its blockers as the reason."""

import pytest

from tests.builders import shipped
from tests.harness import Pipeline
from tests.letters import block, order_id, sync, the_letter

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_the_reason_of_a_blocked_order_is_independent_of_later_notes(pipeline: Pipeline) -> None:
    block(pipeline)
    before = the_letter(pipeline)
    assert before.reason == 'Cannot create sales order: Product "SKU-1" in order does not exist in the catalog'
    pipeline.handle(shipped(amazon_order_id=order_id(0)))
    assert pipeline.order(order_id(0)).note != before.reason
    sync(pipeline, lambda letter: letter.attempts == 2)
    after = the_letter(pipeline)
    assert (after.reason, after.fingerprint) == (before.reason, before.fingerprint)
