"""Processes: started, watched and ended; their processor time and memory as the kernel counts them in /proc."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.errors import BenchError

TICKS = os.sysconf("SC_CLK_TCK")
GRACE = 30.0
"""Seconds for a worker to end by itself."""


@contextmanager
def running(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], log: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run programs, each in a session of its own, and end them with their children."""
    with log.open("ab") as out:
        started = [
            subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
            for command in commands
        ]
    try:
        yield started
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def still_running(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Raise BenchError when one of them has ended."""
    for process in processes:
        if process.poll() is not None:
            raise BenchError(f"A worker ended with exit code {process.returncode}.")


def end_of_log(log: Path) -> str:
    """Return the end of the programs' log."""
    return f"End of the log:\n{log.read_text(errors='replace')[-3000:]}" if log.exists() else "The log is empty."


def cpu_seconds(roots: Sequence[int]) -> float:
    """Return the processor time of processes with all their children, ended ones too."""
    table = _table()
    return sum(table[pid][1] for pid in _trees(table, roots)) / TICKS


def memory_bytes(roots: Sequence[int]) -> int:
    """Return the memory of processes with all their children; what they share is counted once (PSS)."""
    return sum(_pss(pid) for pid in _trees(_table(), roots))


def _trees(table: Mapping[int, tuple[int, int]], roots: Sequence[int]) -> set[int]:
    pids = set(roots) & set(table)
    while children := {pid for pid, (parent, _) in table.items() if parent in pids} - pids:
        pids |= children
    return pids


def _table() -> dict[int, tuple[int, int]]:
    """Return parent and processor ticks (own and those of children waited for) of every process."""
    table = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            table[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    return table


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
