"""Replays as the command line shows them: the plan of a dry run, a replay with its sums, its letters."""

import json
from datetime import timedelta
from typing import Any

from cli.terminal.output import counted, print_table, rfc3339, say, to_seconds
from cli.views.letters import letter_row
from operations.replays.dry_run import Plan
from schemas.replays import Replay, ReplayCounts, ReplayItem, ReplayPace


def plan_shape(plan: Plan, pace: ReplayPace) -> dict[str, Any]:
    """Return a plan as `--json` shows it."""
    groups = [(forecast.group, forecast.reason) for forecast in plan.causes]
    return {
        "count": plan.count,
        "groups": [
            {"kind": group.kind.value, "key": group.key, "store_id": group.store_id, "count": group.letters}
            for group, _ in groups
        ],
        "still_blocked": [
            {
                "kind": group.kind.value,
                "key": group.key,
                "reason": standing,
                "count": group.letters,
                "store_id": group.store_id,
            }
            for group, standing in groups
            if standing
        ],
        "sample": [letter_row(letter) for letter in plan.sample],
        "seconds": plan.seconds,
        "rate": pace.rate,
        "token": plan.token,
        "cutoff": rfc3339(plan.cutoff),
        "would_run": plan.would_run,
        "failures": [
            {
                "class": failure.letter_type.value,
                "consumer": failure.consumer,
                "fingerprint": failure.fingerprint,
                "count": failure.letters,
                "reason": failure.reason,
            }
            for failure in plan.failures
        ],
        "warning": plan.warning,
    }


def print_plan(plan: Plan, pace: ReplayPace) -> None:
    """Print a plan for a person."""
    blocked = plan.count - plan.would_run
    letters = counted(plan.count, "dead letter")
    say(f"{letters} would be replayed: {plan.would_run:,} may go through, {blocked:,} would block again.")
    if plan.causes:
        say("", "By cause")
        print_table(
            ("LETTERS", "STORE", "KIND", "KEY", "WOULD STILL BLOCK"),
            [(f.group.letters, f.group.store_id, f.group.kind, f.group.key, f.reason or "no") for f in plan.causes],
        )
    if plan.failures:
        say("", "Without a cause that can be looked up")
        print_table(
            ("LETTERS", "CLASS", "CONSUMER", "FINGERPRINT", "REASON, OF ONE"),
            [(f.letters, f.letter_type, f.consumer, f.fingerprint, f.reason) for f in plan.failures],
        )
    say("", "Some of them")
    columns = ("ID", "CLASS", "ORDER", "LAST", "REASON")
    sample = [(s.id[:8], s.letter_type, s.amazon_order_id, to_seconds(s.last_at), s.reason) for s in plan.sample]
    print_table(columns, sample)
    slowly = ", slowly first" if pace.ramp else ""
    say("", f"Time      about {_time(plan.seconds)}, at {pace.rate:g} a second{slowly}")
    say(f"Token     {plan.token}")
    if plan.warning:
        say(f"Warning   {plan.warning}")


def sums_shape(replay: Replay, sums: ReplayCounts) -> dict[str, Any]:
    """Return what a replay has done, as `--json` shows it. `skipped` counts what other replays held as well."""
    held = sums.claimed + sums.sent + sums.ended
    return {
        "replay_id": replay.id,
        "planned": replay.planned,
        "sent": sums.sent_total,
        "ok": sums.ok,
        "failed_again": sums.failed_again,
        "skipped": sums.skipped + replay.planned - held,
        "aborted": sums.aborted,
        "state": replay.state.value,
        "under_way": sums.sent,
        "reason": replay.reason,
    }


def replay_shape(replay: Replay, sums: ReplayCounts) -> dict[str, Any]:
    """Return all about a replay but its letters, as `--json` shows it."""
    return {
        **sums_shape(replay, sums),
        "who": replay.who,
        "why": replay.why,
        "selection": json.loads(replay.selection),
        "cutoff": rfc3339(replay.cutoff),
        "rate": replay.pace.rate,
        "ramp": replay.pace.ramp,
        "stop_share": replay.pace.stop_share,
        "started_at": rfc3339(replay.started_at),
        "ended_at": rfc3339(replay.ended_at),
    }


def item_row(item: ReplayItem) -> dict[str, Any]:
    """Return what became of a letter in a replay, as `--json` shows it."""
    return {
        "letter_id": item.letter_id,
        "state": item.state.value,
        "outcome": item.outcome,
        "sent_at": rfc3339(item.sent_at),
        "ended_at": rfc3339(item.ended_at),
    }


def sums_line(replay: Replay, sums: ReplayCounts) -> str:
    """Say in a sentence what a replay has done."""
    shape = sums_shape(replay, sums)
    outcomes = ", ".join(
        f"{shape[name]:,} {words}"
        for name, words in (
            ("ok", "went through"),
            ("failed_again", "failed again"),
            ("skipped", "skipped"),
            ("aborted", "aborted"),
            ("under_way", "under way"),
        )
        if shape[name] or name == "ok"
    )
    return f"Replay {replay.id} is {replay.state}: of {counted(replay.planned, 'dead letter')}, {outcomes}."


def _time(seconds: float) -> str:
    return str(timedelta(seconds=max(1, round(seconds))))
