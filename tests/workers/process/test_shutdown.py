"""A signal asks to stop, in each state of the thread that it interrupts."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import SOON
from workers.process.shutdown import stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    with stop_on_signals() as stop:
        signal.raise_signal(number)
        assert stop.wait(SOON)


def test_a_signal_that_comes_while_somebody_looks_at_the_event_does_not_wait_for_itself() -> None:
    with stop_on_signals() as stop:
        with vars(stop)["_cond"]:  # the lock that `stop.wait` takes as it begins or ends
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        assert stop.wait(SOON)


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


HELD = """
import time
from workers.process.logs import set_up_logs
from workers.process.shutdown import ending_in_time, stop_on_signals
set_up_logs("info")
with stop_on_signals() as stop, ending_in_time(stop, {seconds}):
    print("ready", flush=True)
    {work}
print("done", flush=True)
"""


@pytest.mark.parametrize(
    ("work", "seconds", "said"),
    [
        ("time.sleep(600)", 0.2, "stopped with unfinished work"),
        ("while True: pass", 0.2, "stopped with unfinished work"),
        ("stop.wait()", 60, "done"),
    ],
)
def test_a_process_that_is_held_ends_in_time_and_one_that_is_not_by_itself(
    work: str, seconds: float, said: str
) -> None:
    script = HELD.format(work=work, seconds=seconds)
    words = [sys.executable, "-c", script]
    root = Path(__file__).parents[3]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        try:
            output, _ = process.communicate(timeout=SOON)
        finally:
            process.kill()
    assert (process.returncode, said in output) == (0, True)
