"""A PostgreSQL cluster of Debian's package that may be killed and restarted, and its standby.

For root they run as user postgres.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.processes import end, free_port, launch
from tests.servers.tiers import UnavailableError


class Cluster:
    """One cluster. It listens on 127.0.0.1 only, trusts everybody, and keeps its port when it is started again."""

    def __init__(self, run: Path, options: Sequence[str], home: Path | None = None) -> None:
        """Create it in *home* (or *run*), to be started with options such as `fsync=off`. Raises UnavailableError."""
        self._programs = _programs()
        self._user = "postgres" if os.geteuid() == 0 else None
        self._run = run
        self.home = (home or run) / "postgresql"
        self.home.mkdir()
        if self._user:
            run.chmod(0o711)  # so that the other user can pass through
            shutil.chown(self.home, self._user)
        self.port = free_port()
        self._options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *options]
        self.process: subprocess.Popen[bytes] | None = None
        self._make()

    @property
    def url(self) -> str:
        """The URL of its maintenance database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def alive(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; it answers a moment later."""
        options = [part for option in (f"port={self.port}", *self._options) for part in ("-c", option)]
        command = [f"{self._programs}/postgres", "-D", str(self.home / "cluster"), *options]
        # An immediate shutdown: SIGKILL would leave its shared memory behind.
        self.process = launch(self._run, command, user=self._user, end_with=signal.SIGQUIT)

    def kill(self) -> None:
        """Shut it down immediately; the next start recovers from its log."""
        if self.process is not None:
            end(self._run, self.process, signal.SIGQUIT)

    def _make(self) -> None:
        where = ["-D", str(self.home / "cluster"), "-U", "postgres", "-E", "UTF8"]
        initdb = [f"{self._programs}/initdb", *where, "--auth=trust", "--no-sync"]
        subprocess.run(initdb, user=self._user, cwd=self.home, check=True, capture_output=True)


class Standby(Cluster):
    """A copy of a primary, which follows it until it is promoted."""

    def __init__(self, run: Path, primary: Cluster, home: Path, options: Sequence[str] = ("fsync=off",)) -> None:
        """Copy *primary*, which must run, into the folder *home*, which is made."""
        self._primary = primary
        home.mkdir()
        home.chmod(0o711)
        super().__init__(run, options, home)

    def _make(self) -> None:
        copy = [f"{self._programs}/pg_basebackup", "-d", self._primary.url, "-D", str(self.home / "cluster"), "-R"]
        subprocess.run([*copy, "-c", "fast"], user=self._user, cwd=self.home, check=True, capture_output=True)

    def take_over(self) -> None:
        """End the primary and answer at its port instead: with reads only, until it is promoted by `pg_promote()`."""
        self._primary.kill()
        if self.process is not None:
            end(self._run, self.process, signal.SIGINT)
        self.port = self._primary.port
        self.start()


def _programs() -> Path:
    """The folder of the newest PostgreSQL that Debian has installed."""
    folders = [initdb.parent for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        raise UnavailableError("PostgreSQL is not installed (Debian: apt install postgresql)")
    return max(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", str(folder))])
