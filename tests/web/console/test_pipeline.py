"""The page of the pipeline."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from events.errors import BrokerUnavailableError
from events.memory.bus import MemoryBus
from events.registry import CONSUMERS
from operations.context import Context
from operations.monitoring.pipeline import PipelineReader
from operations.monitoring.queues import QueueWatch
from schemas.people import Role
from tests.builders import placed
from tests.harness import Pipeline
from tests.web.people import Browser
from workers.process.parts import Parts


class _BrokerAway(MemoryBus):
    """A bus whose broker is away."""

    def message_count(self, queue: str) -> int:
        """Fail as RabbitMQ's does."""
        raise BrokerUnavailableError("RabbitMQ at localhost:5672 cannot be reached.")


@pytest.fixture
def watching(app: FastAPI, operations_context: Context) -> Iterator[Callable[[Any], None]]:
    """A function that lets the page watch the queues of a bus."""
    watches: list[QueueWatch] = []

    def watch(bus: Any) -> None:
        watches.append(QueueWatch(bus))
        app.state.pipeline = PipelineReader(operations_context.ledger, watches[0])

    yield watch
    for one in watches:
        one.close()


def test_the_page_shows_each_consumer_with_what_waits_for_it(
    viewer: Browser, watching: Callable[[Any], None], pipeline: Pipeline, parts: Parts
) -> None:
    pipeline.handle(placed())
    watching(parts.bus)
    shown = viewer.get("/pipeline").text
    for consumer in CONSUMERS:
        assert f">{consumer}<" in shown
    assert "cannot be" not in shown


def test_the_page_goes_on_while_the_broker_is_away_and_says_so(
    viewer: Browser, watching: Callable[[Any], None]
) -> None:
    with closing(_BrokerAway("memory://")) as bus:
        watching(bus)
        answer = viewer.get("/pipeline")
    assert answer.status_code == 200
    assert "RabbitMQ at localhost:5672 cannot be reached." in answer.text


def test_the_figures_come_by_themselves(sign_in: Callable[[Role], Page], console: str, pipeline: Pipeline) -> None:
    page = sign_in(Role.VIEWER)
    page.goto(f"{console}/pipeline")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator("canvas")).to_have_count(2)
    expect(page.locator(".card", has_text="Deferred events").last).to_contain_text("No event waits")


def test_a_stream_ends_with_the_server(app: FastAPI, viewer: Browser) -> None:
    app.state.stopping.set()
    with viewer.stream("GET", "/pipeline/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert list(answer.iter_lines()) == []
