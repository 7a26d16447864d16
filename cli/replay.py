"""crossdock dead-letters replay: a dry run first, then the start of a replay, which a relay carries out."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor, Reason, Yes, audit_reason, confirm, require_confirmation
from cli.options.letter_filters import NO_FILTER, LetterFilterOptions, with_letter_filters
from cli.replay_control import resume_and_follow
from cli.replay_progress import ReplayFollower
from cli.terminal.output import AsJson, counted, note, print_json
from cli.views.replays import print_plan
from operations.context import Context
from operations.errors import ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.control import start
from operations.replays.dry_run import Plan, cutoff_of, plan
from schemas.replays import ReplayPace
from workers.process.bootstrap import opened_context

DEFAULT = ReplayPace()

_DRY_RUN_FIRST = "pass --yes after checking with --dry-run, or --token and its token."


@with_letter_filters
def replay(  # noqa: PLR0913 - one parameter an option
    *,
    filters: LetterFilterOptions,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")] = False,
    token: Annotated[
        str | None, typer.Option(help="Run the plan of this dry run without confirmation; same filters.")
    ] = None,
    rate: Annotated[float, typer.Option(help="Letters a second, at most.")] = DEFAULT.rate,
    ramp: Annotated[bool, typer.Option(help="Send 1 first, then 5, 25, ... as long as few fail.")] = True,
    stop_share: Annotated[
        float, typer.Option(help="Stop when this share of the letters has failed again; above 0, up to 1.")
    ] = DEFAULT.stop_share,
    why: Reason = None,
    who: Actor,
    yes: Yes = False,
    resume: Annotated[
        str | None, typer.Option(metavar="REPLAY", help="Resume or follow a replay instead; no filters.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay dead letters, after a dry run, at a limited rate.

    A relay carries the replay out; the command follows it. Ctrl-C leaves the replay running.
    """
    pace = _pace(rate, ramp=ramp, stop_share=stop_share)
    if resume and (filters != NO_FILTER or dry_run or token):
        raise typer.BadParameter("--resume takes the letters of its replay; give no filter, --dry-run or --token.")
    if dry_run and token:
        raise typer.BadParameter("A --dry-run gives a token; give that to the call without --dry-run.")
    yes = yes or token is not None
    if not (dry_run or resume):
        require_confirmation(yes=yes, otherwise=_DRY_RUN_FIRST, as_json=as_json)
    with opened_context() as context:
        if resume:
            resume_and_follow(context, resume, who, audit_reason(why, ask=False), as_json=as_json)
            return
        if dry_run:
            _print(_plan(context, filters, pace), as_json=as_json)
            return
        token = token or _confirmed(_plan(context, filters, pace), yes=yes)
        why = audit_reason(why, ask=not yes)
        # Ages in the filter count back from the dry run, so that it is the same filter.
        started = start(context, filters.at(cutoff_of(token)), token, pace=pace, actor=who, reason=why)
        note(f"Replay {started.replay_id} selected {counted(started.letters, 'letter')}.")
        ReplayFollower(context, started.replay_id).follow(as_json=as_json)


def _pace(rate: float, *, ramp: bool, stop_share: float) -> ReplayPace:
    pace = ReplayPace(rate, ramp, stop_share)
    try:
        pace_rules.check(pace)
    except ReplayRefusedError as error:
        raise typer.BadParameter(str(error)) from None
    return pace


def _plan(context: Context, filters: LetterFilterOptions, pace: ReplayPace) -> Plan:
    now = context.ledger.now()
    return plan(context, filters.at(now), pace, now)


def _print(planned: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(planned))
    else:
        print_plan(planned)


def _confirmed(planned: Plan, *, yes: bool) -> str:
    """Return the plan's token, once a person who was shown the plan has confirmed it, unless *yes*."""
    if not yes:
        print_plan(planned)
        confirm(f"Replay {counted(planned.count, 'letter')}?", yes=False)
    return planned.token
