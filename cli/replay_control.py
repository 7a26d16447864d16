"""crossdock dead-letters replays pause, resume and abort: a running replay, controlled and followed."""

from typing import Annotated

import typer

from cli.options.confirmation import Actor, Reason, audit_reason
from cli.options.ids import ReplayId
from cli.replay_progress import ReplayFollower
from cli.terminal.output import AsJson, counted, say
from operations.context import Context
from operations.replays import control, lookup
from schemas.replays import ReplayState
from workers.process.bootstrap import opened_context


def pause(replay_id: ReplayId, why: Reason = None, *, who: Actor) -> None:
    """Pause a replay: nothing more is sent until it is resumed."""
    with opened_context() as context:
        replay_id = control.pause(context, replay_id, actor=who, reason=audit_reason(why, ask=False))
    say(f"Replay {replay_id} is paused; `crossdock dead-letters replays resume {replay_id}` resumes it.")


def resume(replay_id: ReplayId, why: Reason = None, *, who: Actor, as_json: AsJson = False) -> None:
    """Resume a paused or stopped replay, or follow a running one."""
    with opened_context() as context:
        resume_and_follow(context, replay_id, who, audit_reason(why, ask=False), as_json=as_json)


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
