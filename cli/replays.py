"""crossdock dead-letters replays: list and show replays; pause, resume or abort a running one."""

from functools import partial
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor, Reason, audit_reason
from cli.options.paging import Limit, PageNumber, note_if_cut, read_page, rows_before
from cli.replay_progress import ReplayFollower
from cli.terminal.output import AsJson, counted, print_json, say
from cli.views.replays import print_details, print_list
from operations.context import Context
from operations.replays import control, lookup
from schemas.replays import ItemState, ReplayState
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Replays: list, show, pause, resume, abort.", no_args_is_help=True)

ReplayId = Annotated[str, typer.Argument(metavar="ID", help="The replay's id, or the beginning of one.")]


@app.command("list")
def list_replays(
    limit: Limit = 20,
    page: PageNumber = 1,
    as_json: AsJson = False,
) -> None:
    """List replays, newest first."""
    with opened_context() as context:
        replays, is_cut = read_page(partial(lookup.list_replays, context), limit, page)
    if as_json:
        print_json(to_json(replays))
    else:
        print_list(replays)
    note_if_cut(page, is_cut=is_cut)


@app.command()
def show(
    replay_id: ReplayId,
    state: Annotated[ItemState | None, typer.Option(help="Letters in this state.")] = None,
    limit: Limit = 100,
    page: PageNumber = 1,
    as_json: AsJson = False,
) -> None:
    """Show a replay, its counts, and the outcomes of its letters."""
    with opened_context() as context:
        details = lookup.show_replay(context, replay_id, state, limit + 1, rows_before(limit, page))
    shown = details.model_copy(update={"letters": details.letters[:limit]})
    if as_json:
        print_json(to_json(shown))
    else:
        print_details(shown)
    note_if_cut(page, is_cut=len(details.letters) > limit)


@app.command()
def pause(replay_id: ReplayId, why: Reason = None, *, who: Actor) -> None:
    """Pause a replay: nothing more is sent until it is resumed."""
    with opened_context() as context:
        replay_id = control.pause(context, replay_id, actor=who, reason=audit_reason(why, ask=False))
    say(f"Replay {replay_id} is paused; `crossdock dead-letters replays resume {replay_id}` resumes it.")


@app.command()
def resume(replay_id: ReplayId, why: Reason = None, *, who: Actor, as_json: AsJson = False) -> None:
    """Resume a paused or stopped replay, or follow a running one."""
    with opened_context() as context:
        resume_and_follow(context, replay_id, who, audit_reason(why, ask=False), as_json=as_json)


@app.command()
def abort(
    replay_id: ReplayId,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Reason, for the audit log.")],
    *,
    who: Actor,
) -> None:
    """End a replay.

    Letters that were not sent are open again; those that were sent are handled.
    """
    with opened_context() as context:
        aborted = control.abort(context, replay_id, actor=who, reason=why)
    verb = "is" if aborted.released == 1 else "are"
    say(f"Replay {aborted.replay_id} is aborted; {counted(aborted.released, 'letter')} {verb} open again.")


def resume_and_follow(context: Context, id_prefix: str, actor: str, reason: str, *, as_json: bool) -> None:
    """Resume the replay whose id begins so, unless it is running, and follow it."""
    sums = lookup.progress(context, id_prefix).sums
    if sums.state is not ReplayState.RUNNING:
        control.resume(context, sums.replay_id, actor=actor, reason=reason)
    ReplayFollower(context, sums.replay_id).follow(as_json=as_json)
