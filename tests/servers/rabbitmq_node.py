"""A RabbitMQ node of Debian's package, with its own port mapper, that may be killed, started again and wiped."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.servers.processes import end, free_port, launch, wait_until
from tests.servers.tiers import UnavailableError

PROGRAMS = Path("/usr/lib/rabbitmq/bin")  # those in sbin change user and environment
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {admin_port}
loopback_users = none
vm_memory_high_watermark.absolute = {memory}
disk_free_limit.absolute = {disk}
raft.wal_max_size_bytes = 67108864
"""
KERNEL = "-kernel inet_dist_use_interface {127,0,0,1} net_ticktime 8"
"""A node without a heartbeat for so many seconds is lost to its cluster; 60 by default."""

CONTROL_TIMEOUT = 240.0
"""Seconds for rabbitmqctl, on a busy machine."""

COOKIE = ".erlang.cookie"
MEMORY, DISK = "1GB", "50MB"
"""Quorum queues need the memory of several write-ahead logs of Raft, whose default is 512 MiB, or stop for ever."""

SAVED = 1.5
"""Seconds without a change after which the node's list of quorum queues is on disk: it is saved when idle for 0.5."""


class Node:
    """One node. It listens on 127.0.0.1 only, and keeps its ports when it is started again."""

    def __init__(self, run: Path, fellow: "Node | None" = None, folder: str = "rabbitmq") -> None:
        """Furnish a folder for it below *run*, to `join` its *fellow*'s cluster if it has one.

        Raises UnavailableError where RabbitMQ is not installed.
        """
        port_mapper = shutil.which("epmd")
        if not (PROGRAMS / "rabbitmq-server").exists() or not port_mapper:
            raise UnavailableError("RabbitMQ is not installed (Debian: apt install rabbitmq-server)")
        self.port, self.admin_port, self._peer_port = (free_port() for _ in range(3))
        self._mapper_port: int = fellow._mapper_port if fellow else free_port()
        self.name = f"crossdock-test-{self.port}@localhost"
        self._run = run
        self._home = run / folder
        self._home.mkdir()
        configuration = CONFIGURATION.format(port=self.port, admin_port=self.admin_port, memory=MEMORY, disk=DISK)
        (self._home / "rabbitmq.conf").write_text(configuration)
        (self._home / "enabled_plugins").write_text("[rabbitmq_management].")
        if fellow:
            shutil.copy2(fellow._home / COOKIE, self._home / COOKIE)
        else:
            (self._home / COOKIE).write_text(secrets.token_hex(16))
            (self._home / COOKIE).chmod(0o400)
            # Started by the node, the port mapper would outlive it.
            launch(run, [port_mapper, "-address", "127.0.0.1", "-port", str(self._mapper_port)])
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def alive(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; it answers some seconds later."""
        self.process = launch(self._run, [str(PROGRAMS / "rabbitmq-server")], env=self._environment())

    def kill(self) -> None:
        """End it at once, as a power cut would, but not in the moment after a queue was declared.

        RabbitMQ 3.10 has that queue's registration in memory only; without it the queue gets no leader at the next
        start, and answers nobody until the one after that.
        """
        if self.process is not None:
            wait_until(self._is_saved, seconds=20, alive=lambda: self.alive)
            end(self._run, self.process, signal.SIGKILL)

    def join(self, fellow: "Node") -> None:
        """Join its fellow's cluster; both must be up."""
        self.control("stop_app")
        self.control("join_cluster", fellow.name)
        self.control("start_app")

    def stop(self) -> None:
        """Stop it gracefully."""
        if self.process is not None:
            end(self._run, self.process, signal.SIGTERM)

    def pause(self) -> None:
        """Pause it: it answers nobody, and its connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Resume it after a pause."""
        self._signal(signal.SIGCONT)

    def _signal(self, which: signal.Signals) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, which)

    def wipe(self) -> None:
        """Delete its data; it must not be running."""
        shutil.rmtree(self._home / "mnesia")

    def control(self, *words: str) -> str:
        """Run rabbitmqctl; return its output."""
        command = [str(PROGRAMS / "rabbitmqctl"), "--silent", *words]
        done = subprocess.run(
            command, env=self._environment(), check=True, capture_output=True, text=True, timeout=CONTROL_TIMEOUT
        )
        return done.stdout

    def log(self) -> str:
        """Return its log."""
        return "".join(file.read_text(errors="replace") for file in sorted((self._home / "log").glob("*.log")))

    def _is_saved(self) -> bool:
        lists = (self._home / "mnesia").glob("*/quorum/*/names.dets")
        return all(time.time() - one.stat().st_mtime > SAVED for one in lists)

    def _environment(self) -> dict[str, str]:
        home = self._home
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(home),  # holds the cookie
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._peer_port),
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_SCHEMA_DIR": str(home / "schema"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "environment.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 1:1 +sbwt none {KERNEL}",
            "ERL_CRASH_DUMP_SECONDS": "0",
        }
