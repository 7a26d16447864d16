"""crossdock dead-letters: what could not be handled, why, what solves it, and what was done about it."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from cli.discard import discard
from cli.edit import edit
from cli.lazy_group import LazyCommand, lazy_group
from cli.options.letter_filters import LetterFilterOptions, choosing
from cli.session import opened
from cli.terminal.output import (
    AsJson,
    Limit,
    is_terminal,
    note,
    print_facts,
    print_json,
    print_table,
    say,
    to_seconds,
    warn,
)
from cli.views.letters import act_row, causes_now, letter_row, print_groups, print_lines
from ledger.dead_letters.filters import LetterFilter
from operations.dead_letters.holds import held_by
from schemas.blockers import system_message
from schemas.dead_letters import LetterState

COUNT_LIMIT = 10_000
"""Letters that are counted for a list; beyond it is only said that there are more."""

REPLAYING = {
    "replay": LazyCommand("cli.replay:replay", "Replay dead letters, after a dry run, at a limited rate."),
    "replays": LazyCommand("cli.replays:app", "Replays: see how they went; pause, resume or abort them."),
}
"""Commands that import a worker's modules, which would cost a list twice its time."""

app = typer.Typer(
    cls=lazy_group(REPLAYING), help="Dead letters: see why, mend the cause, replay.", no_args_is_help=True
)
app.command(help="Correct a dead letter's message, and send the corrected one.")(edit)
app.command(help="Give dead letters up, with a reason; they stay findable.")(discard)


class Shown(StrEnum):
    """Which states of letters a list shows."""

    OPEN = LetterState.OPEN.value
    REPLAYING = LetterState.REPLAYING.value
    RESOLVED = LetterState.RESOLVED.value
    DISCARDED = LetterState.DISCARDED.value
    ALL = "all"


@app.command("list")
@choosing
def list_letters(
    *,
    choice: LetterFilterOptions,
    state: Annotated[Shown, typer.Option(help="Only in this state, or `all`.")] = Shown.OPEN,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List dead letters that wait for somebody, the latest first."""
    with opened() as ledger, ledger.read() as work:
        wanted = _in_state(choice.at(work.now), state)
        found = work.dead_letters.latest(wanted, limit)
        count = work.dead_letters.count(wanted, COUNT_LIMIT + 1)
        held = work.replay_selection.holders(choice.at(work.now), COUNT_LIMIT + 1) if state is Shown.OPEN else []
        message = system_message(work.orders.blocked_stores())
    if as_json:
        print_json([letter_row(letter) for letter in found])
        return
    if message:
        warn(message)
    if is_terminal():
        print_groups(found)
    else:
        print_lines(found)
    note(_count_line(count, len(found), state))
    for holder, letters in held:
        note(f"{_counted(letters)} more {'is' if letters == 1 else 'are'} {held_by(holder)}.")


def _in_state(wanted: LetterFilter, state: Shown) -> LetterFilter:
    return wanted if state is Shown.ALL else replace(wanted, state=LetterState(state.value))


def _count_line(count: int, shown: int, state: Shown) -> str:
    in_state = "" if state is Shown.ALL else f" {state}"
    latest = f"; the latest {shown:,} are shown" if shown < count else ""
    return f"{_counted(count)}{in_state} dead {'letter' if count == 1 else 'letters'}{latest}."


def _counted(count: int) -> str:
    return f"More than {COUNT_LIMIT:,}" if count > COUNT_LIMIT else f"{count:,}"


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The id, or the beginning of one.")],
    as_json: AsJson = False,
) -> None:
    """Show a dead letter, its causes, and what solves them.

    Its body is never shown: it may hold personal data.
    """
    with opened() as ledger, ledger.read() as work:
        letter = work.dead_letters.by_prefix(letter_id)
        blockers = causes_now(work, letter)
        acts = work.audit_log.latest(letter.id)
    if as_json:
        solved = [{"kind": b.kind, "key": b.key, "solution": b.solution, "command": b.command} for b in blockers]
        print_json({**letter_row(letter), "solutions": solved, "audit": [act_row(act) for act in acts]})
        return
    print_facts({name: value for name, value in letter_row(letter).items() if name != "causes"})
    for blocker in blockers:
        say("", f"{blocker.reason} ({blocker.kind}, {blocker.key})", f"  {blocker.solution}", f"  {blocker.command}")
    for act in acts:
        say("", f"{act.action} by {act.who} at {to_seconds(act.at)}: {act.why}")


@app.command()
def audit(
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show who replayed, edited or discarded what, and why."""
    with opened() as ledger, ledger.read() as work:
        acts = work.audit_log.latest(limit=limit)
    if as_json:
        print_json([act_row(act) for act in acts])
        return
    columns = ("AT", "WHO", "ACTION", "SUBJECT", "WHY")
    print_table(columns, [(to_seconds(act.at), act.who, act.action, act.subject[:12], act.why) for act in acts])
