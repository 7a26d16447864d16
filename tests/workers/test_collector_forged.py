"""A publisher that knows Crossdock's requests and writes to its exchange: nothing is done, now or by a replay."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pika
import pytest

from events.topology import EVENTS, UNROUTED
from schemas.dead_letters import LetterState
from schemas.payloads import CancelRequested, CompletionRequested, Payload, ReservationRequested
from tests.builders import KEY, placed
from tests.harness import Pipeline, event_of, eventually, opened_parts
from tests.letters import begin_replay, run_replay
from workers.collector import Collector

CANCEL = CancelRequested.model_validate({**KEY, "reason": "NoInventory"})


@pytest.fixture
def pipeline(vhost_url: str, tmp_path: Path) -> Iterator[Pipeline]:
    """The pipeline on RabbitMQ, with one account for everybody."""
    with opened_parts(vhost_url, f"sqlite:///{tmp_path / 'crossdock.db'}") as parts, closing(Pipeline(parts)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("payload", "key", "properties"),
    [
        (CANCEL, "cancel.requested", {}),
        (CANCEL, "cancel.requested", {"app_id": "crossdock", "headers": {"epoch": 1, "replay": "1"}}),
        (CANCEL, "order.misspelt", {"type": "cancel.requested"}),
        (CompletionRequested.model_validate(KEY), "completion.requested", {}),
        (ReservationRequested.model_validate(KEY), "reservation.requested", {}),
    ],
)
def test_a_forged_request_is_an_unrouted_letter_that_a_replay_does_not_carry_out(
    pipeline: Pipeline, vhost_url: str, payload: Payload, key: str, properties: dict[str, Any]
) -> None:
    pipeline.handle(placed(status="Pending"))
    before = pipeline.order(), pipeline.history()
    connection = pika.BlockingConnection(pika.URLParameters(vhost_url))
    body = json.dumps(event_of(payload, "forged") | {"source": "/crossdock/operator"}).encode()
    connection.channel().basic_publish(EVENTS, key, body, pika.BasicProperties(**properties))
    connection.close()
    eventually(lambda: pipeline.parts.bus.message_count(UNROUTED) > 0, "the event is unrouted")
    with closing(Collector(pipeline.ledger, pipeline.parts.bus)) as collector:
        eventually(lambda: collector.turn() > 0, "the event is collected")
    (letter,) = pipeline.letters()
    assert "Only Crossdock publishes" in letter.reason
    run_replay(pipeline, begin_replay(pipeline).replay_id)
    assert (pipeline.order(), pipeline.history()) == before
    assert LetterState.RESOLVED not in {letter.state for letter in pipeline.letters()}
