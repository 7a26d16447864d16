"""Events of a file that are put into the outbox: no broker is needed, and the audit log has who did it."""

import io
import json

import pytest

from operations.errors import NotFoundError, RefusedActionError
from operations.people.audit import list_actions
from operations.publish import AmazonFormat
from operations.queue_events import FileFormat, queue_events
from tests.builders import ORDER_ID, STORE_ID, placed
from tests.harness import Pipeline

REPORT = FileFormat(amazon_format=AmazonFormat.REPORT, store_id=STORE_ID)


def lines(*stores: str) -> io.BytesIO:
    """Return a file with the event of a placed order for each store."""
    data = [placed(store_id=store).model_dump(mode="json", exclude_none=True) for store in stores]
    return io.BytesIO(b"\n".join(json.dumps({"type": "order.placed", "data": one}).encode() for one in data))


def test_events_are_handled_once_however_often_the_file_is_queued(pipeline: Pipeline) -> None:
    results = [queue_events(pipeline.context, lines(STORE_ID), FileFormat(), actor="ann") for _ in range(2)]
    pipeline.drain()
    assert [(result.published, result.orders) for result in results] == [(1, 1), (1, 1)]
    assert pipeline.order().amazon_order_id == ORDER_ID
    assert len(pipeline.history()) == 1


def test_refused_lines_and_unknown_stores_are_reported_and_the_audit_log_has_the_publisher(pipeline: Pipeline) -> None:
    file = io.BytesIO(lines(STORE_ID, "nobodys").getvalue() + b"\nno event")
    result = queue_events(pipeline.context, file, FileFormat(), actor="ann")
    assert (result.published, [store.store_id for store in result.unknown_stores]) == (1, ["nobodys"])
    assert [line.line for line in result.refused] == [3]
    (entry,) = list_actions(pipeline.context, action="events.publish").rows
    assert (entry.who, entry.subject, entry.details) == ("ann", "1 events", {"orders": 1, "refused": 1})


def test_a_report_is_of_a_store_that_exists_and_in_an_encoding_that_exists(pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError, match="no store nobodys"):
        queue_events(pipeline.context, io.BytesIO(), REPORT.model_copy(update={"store_id": "nobodys"}), actor="ann")
    with pytest.raises(RefusedActionError, match="Unknown encoding"):
        queue_events(pipeline.context, io.BytesIO(), REPORT.model_copy(update={"encoding": "nonsense"}), actor="ann")
