"""Following a replay on the command line: its progress, hints when nothing moves, Ctrl-C, its final state."""

from collections.abc import Callable
from threading import Event
from time import monotonic

import typer

from cli.terminal.output import bar, note
from cli.views.replays import print_sums
from operations.context import Context
from operations.replays.lookup import ReplayProgress, ReplaySums, progress
from schemas.replays import ReplayState
from workers.process.bootstrap import is_embedded
from workers.process.retry import StoppedError, retry_until_stopped
from workers.process.shutdown import stop_on_signals

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

LOOK = 0.25
"""Seconds between two looks at the progress."""

NO_CARRIER = 4.0
"""Seconds without a carrier until the hint is shown; a relay looks for replays every second."""

NO_OUTCOME = 8.0
"""Seconds without an outcome until the hint is shown."""


class ReplayFollower:
    """Shows the progress of a replay that a worker carries out."""

    def __init__(self, context: Context, replay_id: str) -> None:
        """Follow a replay of *context*."""
        self._context = context
        self._replay_id = replay_id
        embedded = is_embedded(context.settings)
        relay = "`crossdock up`" if embedded else "`crossdock relay`"
        consumers = "`crossdock up`" if embedded else "`crossdock work CONSUMER`"
        self._no_carrier = _Hint(f"No relay carries it out; start {relay} in another terminal.", NO_CARRIER)
        self._no_outcome = _Hint(
            f"No consumer has handled a message yet. Start {consumers} in another terminal.", NO_OUTCOME
        )

    def follow(self, *, as_json: bool) -> None:
        """Show progress until the replay is not running, then print its sums.

        Ends the command with 1 unless the replay finished, and with 130 on Ctrl-C, which leaves the replay running.
        """
        with stop_on_signals() as stop:
            with bar("Replaying") as show:
                sums = self._until_ended(stop, show)
            interrupted = stop.is_set() and sums.state is ReplayState.RUNNING
        print_sums(sums, as_json=as_json)
        if interrupted:
            note(f"The replay keeps running; `crossdock dead-letters replays pause {self._replay_id}` pauses it.")
            raise typer.Exit(INTERRUPTED)
        if sums.state is not ReplayState.FINISHED:
            raise typer.Exit(1)

    def _until_ended(self, stop: Event, show: Callable[[int, int], None]) -> ReplaySums:
        latest = progress(self._context, self._replay_id)
        while latest.sums.state is ReplayState.RUNNING:
            show(latest.sums.ended, latest.sums.planned)
            self._hint(latest)
            if stop.wait(LOOK):
                break
            try:
                latest = retry_until_stopped(
                    lambda: progress(self._context, self._replay_id), "replay progress is read", stop
                )
            except StoppedError:
                break
        return latest.sums

    def _hint(self, latest: ReplayProgress) -> None:
        self._no_carrier.update(None if latest.is_carried_out else latest.sums.sent)
        self._no_outcome.update(latest.sums.ended if latest.sums.under_way else None)


class _Hint:
    """A sentence for a person, shown once when a figure has not changed for some seconds."""

    def __init__(self, sentence: str, seconds: float) -> None:
        self._sentence = sentence
        self._seconds = seconds
        self._figure: int | None = None
        self._since = monotonic()
        self._shown = False

    def update(self, figure: int | None) -> None:
        """Note the present figure; None where nothing is expected to change."""
        if figure is None or figure != self._figure:
            self._figure, self._since = figure, monotonic()
        elif not self._shown and monotonic() - self._since > self._seconds:
            note(self._sentence)
            self._shown = True
