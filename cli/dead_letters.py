"""crossdock dead-letters: messages that could not be handled, the reasons, the solutions, the audit log."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.lazy_group import LazyCommand, lazy_group
from cli.options.letter_filters import LetterFilterOptions, with_letter_filters
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, print_json, print_table, to_seconds
from cli.views.letters import print_audit, print_details, print_page
from operations.dead_letters import lookup
from operations.dead_letters.groups import group_letters
from operations.people.audit import list_actions
from schemas.dead_letters import ListedState
from workers.process.bootstrap import opened_context

COMMANDS = {
    "edit": LazyCommand("cli.edit:edit", "Correct a dead letter's message, and send the corrected one."),
    "discard": LazyCommand("cli.discard:discard", "Discard dead letters. They stay in the audit log."),
    "replay": LazyCommand("cli.replay:replay", "Replay dead letters, after a dry run, at a limited rate."),
    "replays": LazyCommand("cli.replays:app", "Replays: list, show, pause, resume, abort."),
}
"""Commands that import rules of handlers or a worker's modules, which would cost a list twice its time."""

app = typer.Typer(cls=lazy_group(COMMANDS), help="Dead letters: inspect, fix, replay.", no_args_is_help=True)


@app.command("list")
@with_letter_filters
def list_letters(
    *,
    filters: LetterFilterOptions,
    state: Annotated[ListedState, typer.Option(help="Letters in this state, or `all`.")] = ListedState.OPEN,
    limit: Limit = 100,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List open dead letters, newest first."""
    with opened_context() as context:
        listed = lookup.list_letters(context, filters.at(context.ledger.now()), state.letter_state, limit, after)
    if as_json:
        print_json(to_json(listed.letters))
    else:
        print_page(listed)
    note_next(listed.next)


@app.command()
@with_letter_filters
def causes(*, filters: LetterFilterOptions, as_json: AsJson = False) -> None:
    """Count open letters by cause, with their solutions."""
    with opened_context() as context:
        by_cause = group_letters(context, filters.at(context.ledger.now()))
    if as_json:
        print_json(to_json(by_cause))
        return
    rows = [
        (
            group.letters,
            group.kind or group.letter_type,
            group.key,
            group.store_id,
            to_seconds(group.oldest),
            group.reason,
        )
        for group in by_cause.groups
    ]
    print_table(("LETTERS", "CAUSE", "KEY", "STORE", "SINCE", "REASON"), rows)


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The id, or the beginning of one.")],
    as_json: AsJson = False,
) -> None:
    """Show a dead letter, its causes and their solutions.

    The message is never shown: it may have personal data.
    """
    with opened_context() as context:
        details = lookup.show_letter(context, letter_id)
    if as_json:
        print_json(to_json(details))
    else:
        print_details(details)


@app.command()
def audit(
    subject: Annotated[str | None, typer.Option(help="Actions on this alone, such as a letter's id.")] = None,
    action: Annotated[str | None, typer.Option(help="Actions of this name alone, such as replay.start.")] = None,
    limit: Limit = 100,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """Show the audit log: replays, edits, discards and all other acts."""
    with opened_context() as context:
        acts = list_actions(context, subject=subject, action=action, limit=limit, after=after)
    if as_json:
        print_json(to_json(acts.rows))
    else:
        print_audit(acts.rows)
    note_next(acts.next)
