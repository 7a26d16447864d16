"""Carrying a replay out in front of a person: progress, a word when nothing moves, Ctrl-C, and what came of it."""

from contextlib import suppress
from threading import Event
from time import monotonic

import typer

from cli.terminal.output import bar, note, print_json, say
from cli.views.replays import sums_line, sums_shape
from ledger.ledger import Ledger
from operations.errors import ReplayRefusedError
from operations.replays.control import CAN_GO_ON, pause, resume
from schemas.replays import Replay, ReplayCounts, ReplayState
from schemas.settings import Settings
from workers.process.bootstrap import is_embedded
from workers.process.retry import StoppedError
from workers.process.shutdown import stop_on_signals
from workers.replayer import Progress, ReplayRun

INTERRUPTED = 130

QUIET = 8.0
"""Seconds without an outcome until a person is told that nobody may be there to handle the messages."""

_NOBODY = "Nobody seems to take the messages so far; start"


def resume_replay(ledger: Ledger, settings: Settings, beginning: str, *, who: str, why: str, as_json: bool) -> None:
    """Carry out a replay that was interrupted; one whose process died is still running, and taken over."""
    with ledger.read() as work:
        replay = work.replays.by_prefix(beginning)
    if replay.state is not ReplayState.RUNNING:
        resume(ledger, replay.id, who=who, why=why)
    run_replay(ledger, settings, replay.id, who=who, as_json=as_json)


def run_replay(ledger: Ledger, settings: Settings, replay_id: str, *, who: str, as_json: bool) -> None:
    """Carry a replay out, and print its sums; ends the command with 1 unless it was finished, with 130 by Ctrl-C."""
    with stop_on_signals() as stop:
        ended = _run(ledger, settings, replay_id, stop)
        if ended is None:
            with suppress(ReplayRefusedError):  # it ended, or was paused, in the same moment
                pause(ledger, replay_id, who=who, why="The command was interrupted.")
    with ledger.read() as work:
        replay = work.replays.find(replay_id)
        sums = work.replays.counts(replay)
    print_sums(replay, sums, as_json=as_json)
    if replay.state is not ReplayState.FINISHED:
        raise typer.Exit(INTERRUPTED if ended is None else 1)


def print_sums(replay: Replay, sums: ReplayCounts, *, as_json: bool) -> None:
    """Print what a replay has done; on standard error why it goes no further, and what to do."""
    if as_json:
        print_json(sums_shape(replay, sums))
    else:
        say(sums_line(replay, sums))
    if replay.reason:
        note(replay.reason)
    if sums.failed_again:
        note(f"`crossdock dead-letters replays show {replay.id}` tells which failed again, and why.")
    if replay.state in CAN_GO_ON:
        note(f"`crossdock dead-letters replay --resume {replay.id}` goes on with it.")


def _run(ledger: Ledger, settings: Settings, replay_id: str, stop: Event) -> Replay | None:
    """Return the replay where it goes no further, or nothing when it was interrupted."""
    with bar("Replaying") as show:
        watch = _Watch(settings)

        def progress(replay: Replay, sums: ReplayCounts) -> None:
            show(sums.ended, sums.claimed + sums.sent + sums.ended)
            watch(sums)

        return _until_stopped(ReplayRun(ledger, replay_id), stop, progress)


def _until_stopped(run: ReplayRun, stop: Event, progress: Progress) -> Replay | None:
    try:
        return run.run(stop, progress)[0]
    except StoppedError:
        return None


class _Watch:
    """Says once that messages went out and nothing comes back."""

    def __init__(self, settings: Settings) -> None:
        roles = "`crossdock up`" if is_embedded(settings) else "`crossdock relay` and `crossdock work CONSUMER`"
        self._sentence = f"{_NOBODY} {roles}, in another terminal. Ctrl-C pauses the replay."
        self._ended = 0
        self._since = monotonic()
        self._said = False

    def __call__(self, sums: ReplayCounts) -> None:
        if sums.ended != self._ended or not sums.sent:
            self._ended, self._since = sums.ended, monotonic()
        elif not self._said and monotonic() - self._since > QUIET:
            note(self._sentence)
            self._said = True
