"""The supervisor: restarts processes, ends them all, and restarts none with a wrong configuration."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.harness import SOON, eventually
from tests.servers.templates import migrated_sqlite
from workers.process.supervisor import MAX_BACKOFF, Child, Supervisor

SCHEDULER = ["scheduler"]
"""A process that needs no server to run: the broker is asked nothing."""


@pytest.fixture(autouse=True)
def _set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the processes a database of their own with all tables, and a broker that nobody is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", migrated_sqlite(tmp_path / "crossdock.db"))
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", "amqp://127.0.0.1:9/")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_that_dies_is_started_again_later_and_later() -> None:
    child = Child(["--version"])
    stop = Event()
    running = Thread(target=Supervisor([child]).run, args=(stop,), daemon=True)
    running.start()
    eventually(lambda: child.exits >= 2, "it dies twice")
    stop.set()
    running.join(SOON)
    assert not running.is_alive()


def test_the_wait_for_the_next_start_has_a_limit_however_often_it_died() -> None:
    child = Child(["scheduler"], exits=5000)
    child._plan_restart(0.0, 1)
    assert child.restart_at == MAX_BACKOFF


def test_all_processes_are_ended_together() -> None:
    children = [Child(SCHEDULER), Child(SCHEDULER)]
    stop = Event()
    supervisor = Supervisor(children)
    running = Thread(target=supervisor.run, args=(stop,), daemon=True)
    running.start()
    eventually(lambda: all(child.process for child in children), "both are started")
    pids = [child.process.pid for child in children if child.process]
    assert all(map(is_alive, pids))
    stop.set()
    running.join(SOON)
    assert not running.is_alive()
    assert not any(map(is_alive, pids))


@pytest.mark.slow
def test_a_process_that_is_set_up_wrongly_ends_the_others_too() -> None:
    children = [Child(["work", "nonsense"]), Child(SCHEDULER)]
    assert Supervisor(children).run(Event()) is False
    assert all(child.process is None or child.process.returncode is not None for child in children)


@pytest.mark.slow
def test_processes_whose_supervisor_is_killed_end_too() -> None:
    words = [sys.executable, "-m", "crossdock", "up"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, start_new_session=True) as up:
        assert up.stderr is not None
        try:
            started = (line for line in up.stderr if b'"event": "child started"' in line)
            assert len(list(islice(started, 3))) == 3
            up.kill()
            up.communicate(timeout=SOON)  # it has an end only when the last one that may write has ended
        finally:
            with suppress(ProcessLookupError):
                os.killpg(up.pid, signal.SIGKILL)
