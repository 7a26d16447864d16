"""Hostile text in server-sent events: it stays text within its event, and makes neither markup nor another event."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI

from events.errors import BrokerUnavailableError
from events.memory.bus import MemoryBus
from operations.context import Context
from operations.monitoring.models import PipelineState
from operations.monitoring.pipeline import PipelineReader
from operations.monitoring.queues import QueueWatch
from operations.replays import control
from schemas.errors import RetryableError
from tests.harness import Pipeline
from tests.letters import block
from tests.web.console.test_replays import start
from tests.web.people import Browser

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
LONG = "<b>" + "x" * 9_997
TEXTS = {
    "script": (SCRIPT, SCRIPT),
    "attribute": ("\" onmouseover='alert(1)' x=\"", "\" onmouseover='alert(1)' x=\""),
    "right to left": ("\u202egnp.exe\u2067", r"\u202egnp.exe\u2067"),
    "an event of its own": ("x\n\nevent: ended\ndata: <script>\nid: 1\n\n", "x  event: ended data: <script> id: 1"),
    "carriage returns": ("x\r\rdata: y\r\n\r\nevent: state\r\n", "x  data: y    event: state"),
    "line separators": ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
    "ten thousand characters": (LONG, LONG),
}
"""Texts, and each as every page shows it."""


def events_of(lines: Iterator[str]) -> list[tuple[str, str]]:
    """Return the name and the data of each event, as a browser reads them."""
    found: list[tuple[str, str]] = []
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line == "" and "data" in fields:
            found.append((fields.get("event", ["message"])[-1], "\n".join(fields["data"])))
        if line == "":
            fields = {}
        else:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
    return found


def streamed(browser: Browser, path: str) -> list[tuple[str, str]]:
    """Return the events of a stream until it ends."""
    with browser.stream("GET", path) as answer:
        # Lines end as in server-sent events only: a separator of Unicode's is part of the text.
        whole = b"".join(answer.iter_bytes()).decode()
    return events_of(iter(re.split(r"\r\n|\r|\n", whole)))


def _is_shown(shown: str, html: str) -> bool:
    """Whether a part of a page has a text, and no markup of it."""
    return shown in unescape(html) and not any(mark in html for mark in ("<script", "<img", "<b>"))


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_the_progress_of_a_replay_has_a_persons_text_as_text(
    pipeline: Pipeline, operator: Browser, text: str, shown: str
) -> None:
    block(pipeline, range(1))
    page = start(operator)
    control.pause(pipeline.context, page.rpartition("/")[2], actor="ann", reason=text)
    (name, html), ended = streamed(operator, f"{page}/events")
    assert (name, ended) == ("message", ("ended", "ended"))
    assert _is_shown(shown, html)


class _BrokerAway(MemoryBus):
    """A bus whose broker is away, for a reason."""

    reason = ""

    def message_count(self, queue: str) -> int:
        """Fail."""
        raise BrokerUnavailableError(self.reason)


class _OnlyOnce:
    """A reader of the state after whose first answer the server ends, and with it the stream."""

    def __init__(self, app: FastAPI, read: Any) -> None:
        self._app, self._read = app, read

    def read(self) -> PipelineState:
        """Return the state."""
        self._app.state.stopping.set()
        state: PipelineState = self._read()
        return state


def _only(events: list[tuple[str, str]]) -> Mapping[str, Any]:
    ((name, data),) = events
    assert name == "state"
    event: dict[str, Any] = json.loads(data)
    return event


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_the_pipeline_has_the_brokers_text_as_text(
    app: FastAPI, viewer: Browser, operations_context: Context, text: str, shown: str
) -> None:
    bus = _BrokerAway("memory://")
    bus.reason = text
    with closing(bus), closing(QueueWatch(bus)) as watch:
        app.state.pipeline = _OnlyOnce(app, PipelineReader(operations_context.ledger, watch).read)
        event = _only(streamed(viewer, "/pipeline/stream"))
    assert _is_shown(shown, event["html"])


@pytest.mark.parametrize("text", [text for text, _ in TEXTS.values()], ids=TEXTS)
def test_an_error_of_the_pipeline_is_one_event(app: FastAPI, viewer: Browser, text: str) -> None:
    def fail() -> PipelineState:
        raise RetryableError(text)

    app.state.pipeline = _OnlyOnce(app, fail)
    assert _only(streamed(viewer, "/pipeline/stream")) == {"error": text}
