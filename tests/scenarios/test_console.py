"""The console in processes of their own: beside all parts, and with the demo's orders."""

import json
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.harness import eventually
from tests.scenarios.crossdock import Installation
from tests.servers.processes import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Installation]:
    """An installation that needs no server."""
    with closing(Installation(tmp_path, "memory://", f"sqlite:///{tmp_path / 'crossdock.db'}")) as installation:
        yield installation


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
        return bool(answer.status == 200)
    return False


def _processes(installation: Installation) -> set[str]:
    """Return the names of the processes that report themselves."""
    return {process["name"] for process in json.loads(installation.run("pipeline", "--json"))["processes"]}


def test_up_serves_the_console_until_it_ends(alone: Installation) -> None:
    port = free_port()
    process = alone.start("up", CROSSDOCK_CONSOLE_PORT=str(port))
    page = f"http://127.0.0.1:{port}/sign-in"
    eventually(lambda: _answers(page), "the console answers")
    eventually(lambda: _processes(alone) == {"crossdock console", "crossdock up"}, "both processes report themselves")
    assert "crossdock console" in alone.run("pipeline")
    assert process.end() == 0
    assert not _answers(page)
    assert _processes(alone) == set()


def test_a_port_that_another_program_uses_leaves_the_other_parts_running(alone: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = alone.start("up", CROSSDOCK_CONSOLE_PORT=str(taken.getsockname()[1]))
        eventually(lambda: "which another program uses" in process.log, "the console says so")
        eventually(lambda: bool(process.log_lines("process started")), "the other parts run")
        assert process.end() == 0


def test_the_demo_signs_its_visitor_in_once_and_shows_its_orders(alone: Installation) -> None:
    process = alone.start("demo", "--console", "--orders", "20", CROSSDOCK_CONSOLE_PORT=str(free_port()))
    eventually(lambda: "/sign-in/link/" in process.log, "it prints the link")
    (link,) = re.findall(r"http://\S+", process.log)
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    assert "Demo Store" in visitor.open(link).read().decode()
    assert not _answers(link)
    assert process.end(signal.SIGINT) == 0
