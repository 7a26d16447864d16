"""Processor time and memory, as the kernel counts them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.processes import cpu_seconds, end_of_log, memory_bytes, running, still_running

BURN = "import time\nwhile time.process_time() < 0.2: pass\n"
WAIT = "print('ready', flush=True); import time; time.sleep(60)"


def test_the_time_of_children_that_have_ended_counts() -> None:
    before = cpu_seconds([os.getpid()])
    subprocess.run([sys.executable, "-c", BURN], check=True)
    # The child measured itself; the kernel counts the parent's share of it in ticks of a hundredth of a second.
    assert cpu_seconds([os.getpid()]) - before > 0.1


def test_a_process_is_watched_while_it_runs_and_ended_afterwards(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running([[sys.executable, "-c", WAIT]], dict(os.environ), log) as (process,):
        still_running([process])
        assert memory_bytes([process.pid]) > 0
    assert process.poll() is not None
    with pytest.raises(BenchError, match="ended"):
        still_running([process])


def test_a_missing_log_is_reported_as_empty(tmp_path: Path) -> None:
    assert end_of_log(tmp_path / "nothing") == "The log is empty."
