"""The stream of a replay's progress, over a real server."""

from threading import Thread

import httpx2
import pytest
from starlette.testclient import TestClient

from schemas.settings import Settings
from tests.harness import SOON, Pipeline, eventually
from tests.letters import replay_of_blocked
from web.server import serving


def test_a_stream_that_is_open_does_not_hold_up_the_end_of_the_server(
    pipeline: Pipeline, api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.server.GRACE", 10 * SOON)  # in which an open stream would hold it up
    replay_id = replay_of_blocked(pipeline)
    lines: list[str] = []
    with serving(api.app, Settings().model_copy(update={"console_port": 0})) as address:  # type: ignore[arg-type] # it is the FastAPI application
        url = f"{address}/api/v1/replays/{replay_id}/progress-events"
        reader = Thread(target=_read, args=(url, dict(api.headers), lines))
        reader.start()
        eventually(lambda: any(line.startswith("event: progress") for line in lines), "the stream has begun")
    reader.join()
    assert any('"state":"running"' in line for line in lines)


def _read(url: str, headers: dict[str, str], lines: list[str]) -> None:
    authorization = {"Authorization": headers["authorization"]}
    with httpx2.stream("GET", url, headers=authorization, timeout=SOON) as answer:
        for line in answer.iter_lines():
            lines.append(line)  # noqa: PERF402 - each at once, for the test to see
