"""SIGTERM ends every process in time, even when the database stands still."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from schemas.message import Message
from tests.events.tcp_proxy import TcpProxy
from tests.harness import SOON, eventually
from workers.process.shutdown import SHUTDOWN_TIMEOUT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROLES = (["work", "order-placed"], ["relay"], ["scheduler"])


@pytest.fixture
def proxy(migrated_database_url: str) -> Iterator[TcpProxy]:
    """Between the processes and their database."""
    parts = urlsplit(migrated_database_url)
    with closing(TcpProxy(parts.hostname or "", parts.port or 5432)) as opened:
        yield opened


@pytest.mark.parametrize("when", ["at work", "from the start"])
def test_sigterm_ends_every_process_in_time_though_the_database_is_frozen(
    when: str, migrated_database_url: str, vhost_url: str, proxy: TcpProxy, tmp_path: Path
) -> None:
    parts = urlsplit(migrated_database_url)
    environment = {
        **os.environ,
        "CROSSDOCK_DATABASE_URL": parts._replace(netloc=f"{parts.username}@127.0.0.1:{proxy.port}").geturl(),
        "CROSSDOCK_BROKER_URL": vhost_url,
        "CROSSDOCK_VAULT_KEY_FILE": str(tmp_path / "key"),
    }
    logs = [tmp_path / f"{role[0]}.log" for role in ROLES]
    with closing(open_bus(vhost_url, "test")) as bus:
        bus.declare(TOPOLOGY)
        if when == "from the start":
            proxy.stall()
        processes = [_start(role, environment, log) for role, log in zip(ROLES, logs, strict=True)]
        try:
            if when == "at work":
                eventually(lambda: all("process started" in log.read_text() for log in logs), "they run")
                proxy.stall()
                bus.publish([Message("1", "order.placed", b"{}")]).wait(SOON)
                eventually(lambda: bus.message_count("order-placed") == 0, "the consumer has the message")
            else:
                eventually(lambda: all(_handles_signals(process.pid) for process in processes), "they are waiting")
            _end_in_time(processes)
        finally:
            for process in processes:
                with suppress(ProcessLookupError):
                    process.kill()
                process.wait(SOON)


def _start(role: list[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as output:
        words = [sys.executable, "-m", "crossdock", *role]
        return subprocess.Popen(words, env=environment, cwd=log.parent, stderr=output, stdout=output)


def _handles_signals(pid: int) -> bool:
    """Whether a process has handlers of its own for SIGINT, as it has when it begins to open the database."""
    caught = Path(f"/proc/{pid}/status").read_text().partition("SigCgt:")[2].split()[0]
    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    return bool(int(caught, 16) & 1 << signal.SIGTERM - 1) and threads > 2


def _end_in_time(processes: "list[subprocess.Popen[bytes]]") -> None:
    begun = time.monotonic()
    for process in processes:
        process.terminate()
    assert [process.wait(SOON) for process in processes] == [0, 0, 0]
    assert time.monotonic() - begun < SHUTDOWN_TIMEOUT + 40, "far less than a frozen database's 75 seconds"
