"""crossdock dead-letters replays: list and show replays; pause, resume or abort a running one."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.lazy_group import LazyCommand, lazy_group
from cli.options.ids import ReplayId
from cli.options.paging import After, Limit, note_next
from cli.terminal.output import AsJson, print_json
from cli.views.replays import print_details, print_list
from operations.replays import lookup
from schemas.replays import ItemState
from workers.process.bootstrap import opened_context

COMMANDS = {
    "pause": LazyCommand("cli.replay_control:pause", "Pause a replay: nothing more is sent until it is resumed."),
    "resume": LazyCommand("cli.replay_control:resume", "Resume a paused or stopped replay, or follow a running one."),
    "abort": LazyCommand("cli.replay_control:abort", "End a replay."),
}
"""Commands that import a worker's modules, which a list does not need."""

app = typer.Typer(cls=lazy_group(COMMANDS), help="Replays: list, show, pause, resume, abort.", no_args_is_help=True)


@app.command("list")
def list_replays(
    limit: Limit = 20,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """List replays, newest first."""
    with opened_context() as context:
        replays = lookup.list_replays(context, limit, after)
    if as_json:
        print_json(to_json(replays.rows))
    else:
        print_list(replays.rows)
    note_next(replays.next)


@app.command()
def show(
    replay_id: ReplayId,
    state: Annotated[ItemState | None, typer.Option(help="Letters in this state.")] = None,
    limit: Limit = 100,
    after: After = None,
    as_json: AsJson = False,
) -> None:
    """Show a replay, its counts, and the outcomes of its letters."""
    with opened_context() as context:
        details = lookup.show_replay(context, replay_id, state, 0)
        letters = lookup.replayed_letters(context, details.replay_id, state, limit, after)
    shown = details.model_copy(update={"letters": letters.rows})
    if as_json:
        print_json(to_json(shown))
    else:
        print_details(shown)
    note_next(letters.next)
