"""What a run of the tests starts: noted in the run's folder at once, and ended from there."""

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
    """Start a server in a session of its own, so that Ctrl-C reaches the tests and not what they stand on."""
    log = run / f"{Path(command[0]).name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=env,
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
    """End a server, with all that it started, before the run ends."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait(30)
    (run / f"{process.pid}.process").unlink(missing_ok=True)


def wait_until(ready: Callable[[], bool], *, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Whether `ready` came true in time, while what it waits for was alive."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        if ready():
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody held a moment ago.

    None of those that the system gives to clients: a server that is away for a moment would lose it to one of them.
    """
    while True:
        port = Random().randrange(PORTS_BEGIN, PORTS_END)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def end_all(run: Path, *, keep: bool = False) -> None:
    """End whatever was started for the run, by whichever process of it, and remove the run's folder, or keep it."""
    for note in run.glob("*.process"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(note.stem), int(note.read_text()))
    for note in run.glob("*.container"):
        containers.remove(note.stem)
    deadline = time.monotonic() + 5
    while not keep and run.exists() and time.monotonic() < deadline:  # what is ending may still write
        shutil.rmtree(run, ignore_errors=True)
