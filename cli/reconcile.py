"""crossdock reconcile: compare Amazon, the ledger and Commerce."""

from datetime import timedelta
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.replay_progress import INTERRUPTED
from cli.terminal.output import AsJson, note, print_json, print_table, progress, say, to_seconds
from operations.reconciliation import latest_reconciliation
from schemas.reconciliation import Reconciliation
from schemas.settings import read_settings
from workers.process.bootstrap import opened_context
from workers.process.shutdown import stop_on_signals
from workers.reconciliation_job import reconcile_now

Days = Annotated[float, typer.Option(min=0.01, max=90, help="Orders that changed within so many days.")]
Last = Annotated[bool, typer.Option("--last", help="Show the last one, and compare nothing.")]


def reconcile(days: Days = 2, last: Last = False, as_json: AsJson = False) -> None:
    """Compare Amazon, the ledger and Commerce, and repair.

    Repairs by events are requested: missing orders, late statuses, parcels that are not confirmed. The rest is
    listed as unexplained, and ends the command with 1. The scheduler does the same every day. Where Amazon's rate is
    used up, the command waits for further searches; Ctrl-C leaves the rest to the scheduler.
    """
    outcome = _latest() if last else _compare(timedelta(days=days))
    if outcome is None:
        say("Nothing was compared yet.")
        return
    if as_json:
        print_json({"summary": outcome.summary, "unexplained": outcome.unexplained, **to_json(outcome)})
    else:
        _print(outcome)
    if outcome.unexplained or not outcome.complete:
        raise typer.Exit(1)


def _latest() -> Reconciliation | None:
    with opened_context() as context:
        return latest_reconciliation(context)


def _compare(span: timedelta) -> Reconciliation:
    """Compare until it is done. Ctrl-C ends the command with 130, and leaves the rest to the next one."""
    with stop_on_signals() as stop, progress("Orders compared") as show:
        outcome = reconcile_now(read_settings(), span, show, stop.wait)
    if outcome is None:
        note("Not done: the scheduler goes on with it, or the same command.")
        raise typer.Exit(INTERRUPTED)
    return outcome


def _print(outcome: Reconciliation) -> None:
    say(f"{to_seconds(outcome.since)} to {to_seconds(outcome.until)}: {outcome.summary}")
    for sentence in outcome.notes:
        note(sentence)
    if outcome.differences:
        rows = [
            (
                difference.kind,
                difference.store_id or "-",
                difference.amazon_order_id or "-",
                difference.repair or "unexplained",
                difference.details,
            )
            for difference in outcome.differences
        ]
        print_table(("KIND", "STORE", "ORDER", "REPAIR", "DETAILS"), rows)
    if more := outcome.more_repaired + outcome.more_unexplained:
        note(f"{more:,} further differences are counted, and not listed.")
