"""crossdock dead-letters replay: look first, then say dead letters again at a pace, and await each outcome."""

from typing import Annotated

import typer

from cli.options.confirmation import Actor, Reason, Yes, audit_reason, confirm, require_confirmation
from cli.options.letter_filters import ALL, LetterFilterOptions, choosing
from cli.replay_progress import resume_replay, run_replay
from cli.session import opened
from cli.terminal.output import AsJson, counted, note, print_json
from cli.views.replays import plan_shape, print_plan
from gateways.simulator.gateways import SimulatedGateways
from ledger.ledger import Ledger
from operations.errors import ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.control import start
from operations.replays.dry_run import Plan, cutoff_of, plan
from schemas.replays import ReplayPace
from schemas.settings import read_settings

DEFAULT = ReplayPace()

_LOOK = "look with --dry-run, then give --yes, or --token and what it told."


@choosing
def replay(  # noqa: PLR0913 - one parameter an option
    *,
    choice: LetterFilterOptions,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen; write nothing.")] = False,
    token: Annotated[
        str | None, typer.Option(help="Start exactly what a dry run with the same filters told; do not ask.")
    ] = None,
    rate: Annotated[float, typer.Option(help="Letters a second, at most.")] = DEFAULT.rate,
    ramp: Annotated[bool, typer.Option(help="Send 1 first, then 5, 25, ... while they go well.")] = True,
    stop_share: Annotated[
        float, typer.Option(help="Stop when this share of the letters has failed again; above 0, up to 1.")
    ] = DEFAULT.stop_share,
    why: Reason = None,
    who: Actor,
    yes: Yes = False,
    resume: Annotated[
        str | None, typer.Option(metavar="REPLAY", help="Go on with a replay that was interrupted, and choose nothing.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replay dead letters, after a dry run, at a limited rate."""
    pace = _pace(rate, ramp=ramp, stop_share=stop_share)
    if resume and (choice != ALL or dry_run or token):
        raise typer.BadParameter("--resume goes on with what was chosen; give no filter, --dry-run or --token with it.")
    if dry_run and token:
        raise typer.BadParameter("A --dry-run gives a token; give that to the call without --dry-run.")
    yes = yes or token is not None
    if not (dry_run or resume):
        require_confirmation(yes=yes, otherwise=_LOOK, as_json=as_json)
    settings = read_settings()
    with opened(settings) as ledger:
        if resume:
            resume_replay(ledger, settings, resume, who=who, why=audit_reason(why, ask=False), as_json=as_json)
            return
        if dry_run:
            _tell(_look(ledger, choice, pace), pace, as_json=as_json)
            return
        token = token or _agreed(_look(ledger, choice, pace), pace, yes=yes)
        why = audit_reason(why, ask=not yes)
        # Ages in the filter count back from the look, so that it is the same filter.
        started = start(ledger, choice.at(cutoff_of(token)), token, pace=pace, who=who, why=why)
        note(f"Replay {started.replay_id} holds {counted(started.letters, 'letter')}.")
        run_replay(ledger, settings, started.replay_id, who=who, as_json=as_json)


def _pace(rate: float, *, ramp: bool, stop_share: float) -> ReplayPace:
    pace = ReplayPace(rate, ramp, stop_share)
    try:
        pace_rules.check(pace)
    except ReplayRefusedError as error:
        raise typer.BadParameter(str(error)) from None
    return pace


def _look(ledger: Ledger, choice: LetterFilterOptions, pace: ReplayPace) -> Plan:
    with ledger.read() as work:
        now = work.now
    return plan(ledger, SimulatedGateways(ledger.documents), choice.at(now), pace, now)


def _tell(found: Plan, pace: ReplayPace, *, as_json: bool) -> None:
    if as_json:
        print_json(plan_shape(found, pace))
    else:
        print_plan(found, pace)


def _agreed(found: Plan, pace: ReplayPace, *, yes: bool) -> str:
    """Return the token of what was found, once the person who was shown it agrees."""
    if not yes:
        print_plan(found, pace)
        confirm(f"Replay {counted(found.count, 'letter')}?", yes=False)
    return found.token
