"""A signal asks to stop, whatever the thread that it interrupts is doing."""

import signal

import pytest

from workers.process.shutdown import stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    with stop_on_signals() as stop:
        signal.raise_signal(number)
        assert stop.wait(5.0)


def test_a_signal_that_comes_while_somebody_looks_at_the_event_does_not_wait_for_itself() -> None:
    with stop_on_signals() as stop:
        with vars(stop)["_cond"]:  # what `stop.wait` holds at the instant that it begins or ends
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        assert stop.wait(5.0)


def test_afterwards_signals_do_what_they_did_before() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
