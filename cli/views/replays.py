"""Text views of replays: the plan of a dry run, a replay with its sums, its letters."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from cli.command_line import to_json
from cli.terminal.output import counted, note, print_facts, print_json, print_table, say, to_seconds
from operations.replays.lookup import ReplayDetails, ReplaySummary, ReplaySums
from schemas.replays import ReplayState

if TYPE_CHECKING:  # at run time it would import rules of handlers, which only a dry run needs
    from operations.replays.dry_run import Plan


def print_plan(plan: "Plan") -> None:
    """Print a plan for a person."""
    blocked = plan.checked - plan.would_run
    letters = counted(plan.count, "dead letter")
    checked = "" if plan.checked == plan.count else f" of {plan.checked:,} that were checked,"
    say(f"{letters} would be replayed:{checked} {plan.would_run:,} may succeed, {blocked:,} would block again.")
    _print_causes(plan)
    _print_failures(plan)
    say("", "Sample")
    columns = ("ID", "CLASS", "ORDER", "LAST", "REASON")
    sample = [(s.id[:8], s.letter_type, s.amazon_order_id, to_seconds(s.last_at), s.reason) for s in plan.sample]
    print_table(columns, sample)
    with_ramp = ", with a ramp" if plan.ramp else ""
    say("", f"Time      about {_time(plan.seconds)}, at {plan.rate:g} a second{with_ramp}")
    say(f"Token     {plan.token}")
    if plan.warning:
        say(f"Warning   {plan.warning}")


def print_sums(sums: ReplaySums, *, as_json: bool) -> None:
    """Print the sums of a replay; on standard error why it is not running, and the commands that help."""
    if as_json:
        print_json(to_json(sums))
    else:
        say(_sums_line(sums))
    if sums.reason:
        note(sums.reason)
    if sums.failed_again:
        note(f"`crossdock dead-letters replays show {sums.replay_id}` shows which letters failed again, and why.")
    if sums.state in (ReplayState.PAUSED, ReplayState.STOPPED):
        note(f"`crossdock dead-letters replay --resume {sums.replay_id}` resumes it.")


def print_list(replays: Sequence[ReplaySummary]) -> None:
    """Print replays, one a line."""
    columns = ("ID", "STATE", "PLANNED", "OK", "FAILED", "WHO", "STARTED", "WHY")
    rows = [
        (r.replay_id, r.state, r.planned, r.ok, r.failed_again, r.who, to_seconds(r.started_at), r.why) for r in replays
    ]
    print_table(columns, rows)


def print_details(replay: ReplayDetails) -> None:
    """Print a replay, and its letters one a line."""
    facts = replay.model_dump(mode="json", exclude={"letters"})
    selection = ", ".join(f"{name}={value}" for name, value in replay.selection.items())
    print_facts({**facts, "selection": selection or "all"})
    say("")
    columns = ("LETTER", "STATE", "SENT", "ENDED", "OUTCOME")
    rows = [
        (letter.letter_id[:8], letter.state, to_seconds(letter.sent_at), to_seconds(letter.ended_at), letter.outcome)
        for letter in replay.letters
    ]
    print_table(columns, rows)


def _print_causes(plan: "Plan") -> None:
    if not plan.groups:
        return
    reasons = {(cause.kind, cause.key, cause.store_id): cause.reason for cause in plan.still_blocked}
    rows = [(g.count, g.store_id, g.kind, g.key, reasons.get((g.kind, g.key, g.store_id), "no")) for g in plan.groups]
    say("", "By cause")
    print_table(("LETTERS", "STORE", "KIND", "KEY", "WOULD STILL BLOCK"), rows)


def _print_failures(plan: "Plan") -> None:
    if plan.failures:
        say("", "Without a cause that can be looked up")
        print_table(
            ("LETTERS", "CLASS", "CONSUMER", "FINGERPRINT", "REASON OF ONE"),
            [(f.count, f.letter_type, f.consumer, f.fingerprint, f.reason) for f in plan.failures],
        )


def _sums_line(sums: ReplaySums) -> str:
    figures = (
        (sums.ok, "succeeded"),
        (sums.failed_again, "failed again"),
        (sums.skipped, "skipped"),
        (sums.aborted, "aborted"),
        (sums.under_way, "in flight"),
    )
    outcomes = ", ".join(f"{count:,} {words}" for count, words in figures if count or words == "succeeded")
    return f"Replay {sums.replay_id} is {sums.state}: of {counted(sums.planned, 'dead letter')}, {outcomes}."


def _time(seconds: float) -> str:
    return str(timedelta(seconds=max(1, round(seconds))))
