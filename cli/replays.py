"""crossdock dead-letters replays: those there were, and what to do about one that is under way."""

from typing import Annotated

import typer

from cli.options.confirmation import Actor, Reason, audit_reason
from cli.replay_progress import resume_replay
from cli.session import opened
from cli.terminal.output import AsJson, Limit, counted, print_facts, print_json, print_table, say, to_seconds
from cli.views.replays import item_row, replay_shape
from ledger.ledger import Ledger
from operations.replays import control
from schemas.replays import ItemState
from schemas.settings import read_settings

app = typer.Typer(help="Replays: see how they went; pause, resume or abort them.", no_args_is_help=True)

ReplayId = Annotated[str, typer.Argument(metavar="ID", help="The replay's id, or the beginning of one.")]


@app.command("list")
def list_replays(
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List replays, the latest first."""
    with opened() as ledger, ledger.read() as work:
        found = [replay_shape(replay, work.replays.counts(replay)) for replay in work.replays.latest(limit)]
    if as_json:
        print_json(found)
        return
    names = ("replay_id", "state", "planned", "ok", "failed_again", "who", "started_at", "why")
    columns = ("ID", "STATE", "PLANNED", "OK", "FAILED", "WHO", "STARTED", "WHY")
    print_table(columns, [[one[name] for name in names] for one in found])


@app.command()
def show(
    replay_id: ReplayId,
    state: Annotated[ItemState | None, typer.Option(help="Only letters that stand so.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """Show a replay, its sums, and what became of its letters."""
    with opened() as ledger, ledger.read() as work:
        replay = work.replays.by_prefix(replay_id)
        shape = replay_shape(replay, work.replays.counts(replay))
        items = work.replays.items(replay.id, state, limit)
    if as_json:
        print_json({**shape, "letters": [item_row(item) for item in items]})
        return
    chosen = ", ".join(f"{name}={value}" for name, value in shape["selection"].items())
    print_facts({**shape, "selection": chosen or "all"})
    say("")
    columns = ("LETTER", "STATE", "SENT", "ENDED", "OUTCOME")
    print_table(
        columns,
        [(i.letter_id[:8], i.state, to_seconds(i.sent_at), to_seconds(i.ended_at), i.outcome) for i in items],
    )


@app.command()
def pause(replay_id: ReplayId, why: Reason = None, *, who: Actor) -> None:
    """Let a replay send nothing more until it is resumed."""
    with opened() as ledger:
        replay_id = _whole(ledger, replay_id)
        control.pause(ledger, replay_id, who=who, why=audit_reason(why, ask=False))
    say(f"Replay {replay_id} is paused; `crossdock dead-letters replays resume {replay_id}` goes on with it.")


@app.command()
def resume(replay_id: ReplayId, why: Reason = None, *, who: Actor, as_json: AsJson = False) -> None:
    """Go on with a replay that was paused, stopped or interrupted."""
    settings = read_settings()
    with opened(settings) as ledger:
        resume_replay(ledger, settings, replay_id, who=who, why=audit_reason(why, ask=False), as_json=as_json)


@app.command()
def abort(
    replay_id: ReplayId,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why; goes on record.")],
    *,
    who: Actor,
) -> None:
    """End a replay.

    What was not sent waits again; what was sent is handled.
    """
    with opened() as ledger:
        replay_id = _whole(ledger, replay_id)
        let_go = control.abort(ledger, replay_id, who=who, why=why)
    say(f"Replay {replay_id} is aborted; {counted(let_go, 'letter')} {'waits' if let_go == 1 else 'wait'} again.")


def _whole(ledger: Ledger, beginning: str) -> str:
    with ledger.read() as work:
        return work.replays.by_prefix(beginning).id
