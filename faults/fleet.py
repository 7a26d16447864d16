"""The product's processes: started, restarted, killed, stopped, and armed with crashes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.crash_points import CRASH, CRASHED, Crash
from faults.environment import ROOT
from tests.servers.processes import end, wait_until

TICK = 0.1
CRASH_TIMEOUT = 20.0
"""Seconds after which a process that has not reached its crash point is killed, and the crash tried again later."""

RESTART_TIMEOUT = 60.0
"""Seconds until a member that has ended runs again."""

GRACE = 150.0
"""Seconds a process may take to stop: it waits up to 30 for the broker's confirms, and the machine may be busy."""


@dataclass(slots=True)
class Member:
    """A process: its command, and the loops that run in it."""

    words: Sequence[str]
    version: Mapping[str, str] = field(default_factory=dict)
    """Variables that make it another version than this code."""
    process: subprocess.Popen[bytes] | None = None
    crash: Crash | None = None
    started: float = 0.0

    @property
    def loops(self) -> set[str]:
        """The loops that run in it."""
        if self.words[0] == "work":
            return set(self.words[1:])
        return {"relay", "collector", "replayer"} if self.words[0] == "relay" else {" ".join(self.words)}

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Fleet:
    """Restarts its members when they end, each with the variables of its command.

    `crashes` arm the next members that start and run such a loop.
    """

    run: Path
    env_of: Callable[[Sequence[str]], Mapping[str, str]]
    members: list[Member]
    crashes: deque[Crash] = field(default_factory=deque)
    crashed: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    unexpected_exits: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start all members, and a thread that restarts them."""
        for member in self.members:
            self._start(member)
        self._thread = threading.Thread(target=self._supervise, name="fleet", daemon=True)
        self._thread.start()

    def kill(self, member: Member, how: signal.Signals = signal.SIGKILL) -> None:
        """End a member; it is started again."""
        with self._lock:
            if member.process is not None and member.alive:
                end_one(member.process, how)
                self.counts[f"{how.name} to {member.words[0]}"] += 1

    def kill_now(self, loop: str) -> int:
        """Kill each member that runs a loop, without waiting for its end; return how many."""
        running = [member.process for member in self.members if loop in member.loops and member.process]
        for process in running:
            process.kill()
        return len(running)

    def replace_all(self) -> int:
        """Stop each member gracefully, one after the other, until it runs again; return how many there are."""
        return sum(self.replace(member, member.version) for member in self.members)

    def replace(self, member: Member, version: Mapping[str, str]) -> bool:
        """Stop a member gracefully, until it runs again as this version; return whether it does."""
        with self._lock:
            member.version = version
            self.kill(member, signal.SIGTERM)
        return wait_until(lambda: member.alive, seconds=RESTART_TIMEOUT)

    def pause(self, member: Member, seconds: float) -> bool:
        """Stop a member in the middle of its work, and let it go on; return whether it lived.

        It goes on without the lock: who ends a member meanwhile holds that until the member has ended.
        """
        with self._lock:
            process = member.process
            if process is None or not member.alive:
                return False
            process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)
        return True

    def crash_member(self, crash: Crash) -> None:
        """Restart a member that runs the crash's loop, armed with the crash."""
        with self._lock:
            self.crashes.appendleft(crash)
            self.kill(next(member for member in self.members if crash.loop in member.loops))

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Kill all members, and start none until the block ends."""
        with self._lock:
            for member in self.members:
                self.kill(member)
            yield

    def disarm(self) -> None:
        """Drop all crashes, and restart the members that are armed."""
        with self._lock:
            self.crashes.clear()
            for member in [member for member in self.members if member.crash]:
                self.kill(member)
                member.crash = None

    def stop(self) -> float:
        """Stop all members gracefully; return the seconds it took. Raises TimeoutError when one does not stop."""
        self._stop_supervising()
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

    def close(self) -> None:
        """Kill the members that still run, and start none again: their folder may be removed afterwards."""
        self._stop_supervising()
        for member in self.members:
            self.kill(member)

    def _stop_supervising(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _supervise(self) -> None:
        while not self._stop.wait(TICK):
            with self._lock:
                for member in self.members:
                    self._check(member)

    def _check(self, member: Member) -> None:
        if not member.alive:
            self._record_exit(member)
            self._start(member)
        elif member.crash and time.monotonic() - member.started > CRASH_TIMEOUT:
            self.crashes.append(member.crash)
            member.crash = None
            self.kill(member)

    def _record_exit(self, member: Member) -> None:
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
            self.unexpected_exits.append(f"{' '.join(member.words)} ended with {code}")
        member.crash = None

    def _start(self, member: Member) -> None:
        matching = [crash for crash in self.crashes if crash.loop in member.loops]
        env = {**self.env_of(member.words), **member.version}
        if matching:
            member.crash = matching[0]
            self.crashes.remove(matching[0])
            env |= {CRASH: str(matching[0]), CRASHED: str(self._report(member))}
        with (self.run / f"member-{self.members.index(member)}.log").open("ab") as log:
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
    """Send a signal, and wait until the process ends."""
    os.kill(process.pid, how)
    process.wait(GRACE)
