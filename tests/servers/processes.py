"""Processes of a test run: noted in the run's folder when they start, and ended by these notes."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from tests.servers import containers

PORTS_BEGIN, PORTS_END = 10_000, 32_000

END_TIMEOUT = 150.0
"""Seconds for a process to end, on a busy machine."""

# A Popen that is forgotten while its process lives warns, and warnings are errors here.
STARTED: list[subprocess.Popen[bytes]] = []


def launch(
    run: Path,
    command: list[str],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    end_with: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a server in its own session, so that Ctrl-C reaches the tests and not their servers."""
    log = run / f"{Path(command[0]).name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=env,
            cwd=run,  # where RabbitMQ dumps its tables when it fails
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    (run / f"{process.pid}.process").write_text(str(end_with.value))
    STARTED.append(process)
    return process


def end(run: Path, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End a server with its child processes, before the run ends."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait(END_TIMEOUT)
    (run / f"{process.pid}.process").unlink(missing_ok=True)


def wait_until(ready: Callable[[], bool], *, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Wait until *ready* returns true; return whether it did in time and while *alive*."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        if ready():
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    """Return a free port of 127.0.0.1.

    It is not one of those that the system assigns to clients: a server that restarts would lose it to one of them.
    """
    while True:
        port = Random().randrange(PORTS_BEGIN, PORTS_END)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def end_all(run: Path, *, keep: bool = False) -> None:
    """End all processes and containers that were started for the run, and remove the run's folder, or keep it."""
    for note in run.glob("*.process"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(note.stem), int(note.read_text()))
    for note in run.glob("*.container"):
        containers.remove(note.stem)
    deadline = time.monotonic() + 5
    while not keep and run.exists() and time.monotonic() < deadline:  # ending processes may still write
        shutil.rmtree(run, ignore_errors=True)
