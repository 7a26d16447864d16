"""The servers of a run: those that the environment names, or private ones that lose nothing (fsync on, no plug-ins)."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pika
import psycopg
from pika.exceptions import AMQPError

from bench.errors import BenchError

BROKER_URL = "CROSSDOCK_BENCH_BROKER_URL"
DATABASE_URL = "CROSSDOCK_BENCH_DATABASE_URL"

NODE_SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in sbin changes user and environment
NODE_CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
loopback_users = none
disk_free_limit.absolute = 50MB
"""
DATABASE_OPTIONS = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=256MB")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of the servers, and the processes of private ones, which alone can be measured."""

    broker_url: str
    database_url: str
    broker_pid: int | None
    database_pid: int | None
    folder: Path


@contextmanager
def servers() -> Iterator[Servers]:
    """Give both servers, and a folder for the files of the run; all private things are gone afterwards.

    A broker that is named must give an empty virtual host to the run, a database's user must be allowed to create
    databases.
    """
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-", ignore_cleanup_errors=True) as name, ExitStack() as end:
        folder = Path(name)
        folder.chmod(0o711)  # so that PostgreSQL's user can pass through
        broker_url, broker_pid = os.environ.get(BROKER_URL), None
        if not broker_url:
            broker_url, broker_pid = end.enter_context(_private_broker(folder / "rabbitmq"))
        database_url, database_pid = os.environ.get(DATABASE_URL), None
        if not database_url:
            database_url, database_pid = end.enter_context(_private_database(folder / "postgresql"))
        yield Servers(broker_url.rstrip("/"), database_url, broker_pid, database_pid, folder)


@contextmanager
def _private_broker(home: Path) -> Iterator[tuple[str, int]]:
    port_mapper = shutil.which("epmd")
    if not NODE_SCRIPT.exists() or not port_mapper:
        raise BenchError(
            f"RabbitMQ is not installed; install it (Debian: apt install rabbitmq-server) or set {BROKER_URL}."
        )
    home.mkdir()
    port, mapper_port = free_port(), free_port()
    (home / "rabbitmq.conf").write_text(NODE_CONFIGURATION.format(port=port))
    (home / "enabled_plugins").write_text("[].")
    url = f"amqp://guest:guest@127.0.0.1:{port}"
    # Started by the node, the port mapper would outlive it.
    mapper = [port_mapper, "-address", "127.0.0.1", "-port", str(mapper_port)]
    with (
        _server(home, mapper),
        _server(home, [str(NODE_SCRIPT)], env=_node_environment(home, port, mapper_port)) as node,
    ):
        _wait_for(lambda: _broker_answers(url), node, home)
        yield url, node.pid


def _node_environment(home: Path, port: int, mapper_port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(home),  # holds the Erlang cookie
        "RABBITMQ_NODENAME": f"crossdock-bench-{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "environment.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        # Waiting schedulers that spin would count as work.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_CRASH_DUMP_SECONDS": "0",
    }


def _broker_answers(url: str) -> bool:
    try:
        pika.BlockingConnection(pika.URLParameters(f"{url}/%2F?connection_attempts=1")).close()
    except (AMQPError, OSError):
        return False
    return True


@contextmanager
def _private_database(home: Path) -> Iterator[tuple[str, int]]:
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    home.mkdir()
    if user:
        shutil.chown(home, user)
    programs, cluster, port = _programs(), home / "cluster", free_port()
    made = [f"{programs}/initdb", "-D", str(cluster), "-U", "postgres", "-E", "UTF8", "--auth=trust"]
    subprocess.run(made, user=user, cwd=home, check=True, capture_output=True)
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *DATABASE_OPTIONS]
    command = [f"{programs}/postgres", "-D", str(cluster), *(word for option in options for word in ("-c", option))]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with _server(home, command, user=user, end_with=signal.SIGQUIT) as process:
        _wait_for(lambda: _database_answers(url), process, home)
        yield url, process.pid


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL that Debian has installed."""
    folders = [initdb.parent for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise BenchError(
            f"PostgreSQL is not installed; install it (Debian: apt install postgresql) or set {DATABASE_URL}."
        )
    return max(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))])


def _database_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _server(
    home: Path,
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    end_with: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    with (home / "server.log").open("ab") as out:
        process = subprocess.Popen(
            command, env=env, user=user, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, end_with)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            last = (home / "server.log").read_text(errors="replace")[-2000:]
            raise BenchError(f"{home.name} did not start. Its last words:\n{last}")
        time.sleep(0.1)


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
