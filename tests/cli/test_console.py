"""`crossdock console` in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.harness import SOON, eventually
from tests.servers.processes import free_port
from workers.process.garbage_collection import ALLOCATIONS

ROOT = Path(__file__).parents[2]
SHOWN_AT_ITS_END = """
import atexit, gc, sys
from crossdock.__main__ import main
sys.argv = ["crossdock", *sys.argv[1:]]
atexit.register(lambda: print("New objects between collections:", gc.get_threshold()[0]))
main()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation on a database file."""
    port = str(free_port())
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "CROSSDOCK_CONSOLE_PORT": port}


@pytest.fixture
def console(tmp_path: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that serves the console."""
    command = [sys.executable, "-c", SHOWN_AT_ITS_END]
    subprocess.run([*command, "migrate"], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=SOON)
    with subprocess.Popen(
        [*command, "console"], cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _answers(url: str) -> bool:
    with suppress(OSError), urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
        return bool(answer.status == 200)
    return False


def test_garbage_is_collected_as_rarely_as_in_a_worker(
    console: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    page = f"http://127.0.0.1:{environment['CROSSDOCK_CONSOLE_PORT']}/sign-in"
    eventually(lambda: _answers(page), "the console answers")
    console.send_signal(signal.SIGTERM)
    shown, _ = console.communicate(timeout=SOON)
    assert f"New objects between collections: {ALLOCATIONS}" in shown
