"""The product's processes: started, kept alive, killed, told to stop, and sent out with a crash to die of."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faults.crash_points import CRASH, CRASHED, Crash
from faults.environment import ROOT
from tests.servers.processes import end

TICK = 0.1
UNPASSED = 20.0
"""Seconds after which a process whose point nobody passes is killed anyhow, and its crash tried again later."""

GRACE = 45.0
"""Seconds a process may take to stop when asked; it waits up to 30 for the broker's confirms."""


@dataclass(slots=True)
class Member:
    """A process: the words of its command, and the loops that run in it."""

    words: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    crash: Crash | None = None
    started: float = 0.0

    @property
    def loops(self) -> set[str]:
        """The loops that run in it."""
        if self.words[0] == "work":
            return set(self.words[1:])
        return {"relay", "collector"} if self.words[0] == "relay" else {self.words[0]}

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Fleet:
    """Keeps its members alive. `crashes` are handed out to the members that start next and pass such points."""

    run: Path
    env: Mapping[str, str]
    members: list[Member]
    crashes: deque[Crash] = field(default_factory=deque)
    crashed: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    unwanted: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start all members, and a thread that keeps them alive."""
        for member in self.members:
            self._start(member)
        self._thread = threading.Thread(target=self._keep, name="fleet", daemon=True)
        self._thread.start()

    def kill(self, member: Member, how: signal.Signals = signal.SIGKILL) -> None:
        """End a member; it is started again."""
        with self._lock:
            if member.process is not None and member.alive:
                end_one(member.process, how)
                self.counts[f"{how.name} to {member.words[0]}"] += 1

    def send_out(self, crash: Crash) -> None:
        """Have a member that can crash there start anew, to do so."""
        with self._lock:
            self.crashes.appendleft(crash)
            self.kill(next(member for member in self.members if crash.who in member.loops))

    def disarm(self) -> None:
        """Hand out no more crashes, and let those who carry one start anew without."""
        with self._lock:
            self.crashes.clear()
            for member in [member for member in self.members if member.crash]:
                self.kill(member)
                member.crash = None

    def stop(self) -> float:
        """Ask all to stop, and wait. Returns the seconds it took; raises TimeoutError when one does not."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        began = time.monotonic()
        alive = [member.process for member in self.members if member.process and member.alive]
        for process in alive:
            process.terminate()
        for process in alive:
            try:
                process.wait(max(0.1, began + GRACE - time.monotonic()))
            except subprocess.TimeoutExpired:
                end(self.run, process, signal.SIGKILL)
                raise TimeoutError(f"process {process.pid} did not stop within {GRACE:g} s of SIGTERM") from None
        return time.monotonic() - began

    def _keep(self) -> None:
        while not self._stop.wait(TICK):
            with self._lock:
                for member in self.members:
                    self._look(member)

    def _look(self, member: Member) -> None:
        if not member.alive:
            self._note_end(member)
            self._start(member)
        elif member.crash and time.monotonic() - member.started > UNPASSED:
            self.crashes.append(member.crash)
            member.crash = None
            self.kill(member)

    def _note_end(self, member: Member) -> None:
        if member.process is not None:
            (self.run / f"{member.process.pid}.process").unlink(missing_ok=True)
        report = self._report(member)
        code = member.process.returncode if member.process else 0
        if report.exists():
            self.crashed[report.read_text().partition("#")[0]] += 1
            report.unlink()
        elif member.crash:
            self.crashes.append(member.crash)
        if code not in (0, -signal.SIGKILL, -signal.SIGTERM):  # SIGTERM ends one that has hardly begun
            self.unwanted.append(f"{' '.join(member.words)} ended with {code}")
        member.crash = None

    def _start(self, member: Member) -> None:
        fitting = [crash for crash in self.crashes if crash.who in member.loops]
        env = dict(self.env)
        if fitting:
            member.crash = fitting[0]
            self.crashes.remove(fitting[0])
            env |= {CRASH: str(fitting[0]), CRASHED: str(self._report(member))}
        place = self.members.index(member)
        with (self.run / f"member-{place}.log").open("ab") as log:
            member.process = subprocess.Popen(
                [sys.executable, "-m", "faults.child", *member.words],
                env=env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.run / f"{member.process.pid}.process").write_text(str(signal.SIGKILL.value))
        member.started = time.monotonic()

    def _report(self, member: Member) -> Path:
        return self.run / f"member-{self.members.index(member)}.crashed"


def end_one(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Send a signal, and wait for the end."""
    os.kill(process.pid, how)
    process.wait(GRACE)
