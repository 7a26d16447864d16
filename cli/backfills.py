"""crossdock backfills: start, list, show, pause and resume the publishing of Amazon's orders of a span of time."""

from datetime import datetime
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor, Reason, audit_reason
from cli.options.ids import SellerName
from cli.options.paging import After, Limit, note_next
from cli.options.parsing import moment
from cli.terminal.output import AsJson, counted, note, print_facts, print_json, print_table, say, to_seconds
from operations import backfills
from operations.backfills import BackfillProgress
from schemas.backfills import BackfillState
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Backfills: publish Amazon's orders of the past.", no_args_is_help=True)

BackfillId = Annotated[str, typer.Argument(metavar="ID", help="The backfill's id, or the beginning of one.")]
From = Annotated[
    datetime, typer.Option("--from", parser=moment, metavar="TIME", help="Orders created since, as 2026-01-01.")
]
To = Annotated[
    datetime | None,
    typer.Option("--to", parser=moment, metavar="TIME", help="Orders created until then; default: now."),
]
OfStore = Annotated[str | None, typer.Option("--store", help="Only this store's orders.")]


@app.command()
def start(
    *,
    since: From,
    until: To = None,
    store: OfStore = None,
    seller: SellerName = None,
    why: Reason = None,
    who: Actor,
    as_json: AsJson = False,
) -> None:
    """Start a backfill.

    `crossdock intake amazon` carries it out, within the rate that Amazon grants for searches: one call in three minutes
    for a hundred orders. Orders that Crossdock has as late as Amazon are not published again.
    """
    with opened_context() as context:
        reason = audit_reason(why, ask=False)
        started = backfills.start_backfill(context, since, until, store, seller, actor=who, why=reason)
    if as_json:
        print_json(to_json(started))
        return
    say(f"Backfill {started.backfill_id} is started: {_span(started)}.")
    note("`crossdock intake amazon`, or `crossdock up`, carries it out.")
    note(f"`crossdock backfills show {started.backfill_id}` shows how far it is.")


@app.command("list")
def list_backfills(limit: Limit = 20, after: After = None, as_json: AsJson = False) -> None:
    """List backfills, newest first."""
    with opened_context() as context:
        page = backfills.list_backfills(context, limit, after)
    if as_json:
        print_json(to_json(page.rows))
    else:
        columns = ("ID", "STATE", "SELLER", "STORE", "FROM", "TO", "DONE", "ORDERS", "PUBLISHED", "EXPECTED END")
        print_table(columns, [_row(backfill) for backfill in page.rows])
    note_next(page.next)


@app.command()
def show(backfill_id: BackfillId, as_json: AsJson = False) -> None:
    """Show how far a backfill is, and when it will have ended."""
    with opened_context() as context:
        _print(backfills.show_backfill(context, backfill_id), as_json=as_json)


@app.command()
def pause(backfill_id: BackfillId, why: Reason = None, *, who: Actor) -> None:
    """Pause a backfill: no page is read until it is resumed."""
    with opened_context() as context:
        paused = backfills.pause_backfill(context, backfill_id, actor=who, why=audit_reason(why, ask=False))
    say(f"Backfill {paused.backfill_id} is paused; `crossdock backfills resume {paused.backfill_id}` resumes it.")


@app.command()
def resume(backfill_id: BackfillId, why: Reason = None, *, who: Actor) -> None:
    """Resume a paused backfill where it stood."""
    with opened_context() as context:
        resumed = backfills.resume_backfill(context, backfill_id, actor=who, why=audit_reason(why, ask=False))
    say(f"Backfill {resumed.backfill_id} goes on from {to_seconds(resumed.searched_until)}.")


def _print(backfill: BackfillProgress, *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(backfill))
        return
    done = f"{backfill.done:.0%} of {_span(backfill)}"
    say(
        f"Backfill {backfill.backfill_id} is {backfill.state}: {done}, {counted(backfill.orders, 'order')} in"
        f" {counted(backfill.pages, 'call')}, {backfill.published:,} published."
    )
    if backfill.state is BackfillState.RUNNING:
        say(f"Expected to end: {to_seconds(backfill.expected_end) or 'not known before the first window is read'}.")
    if backfill.reason:
        note(backfill.reason)
    _print_facts(backfill)


def _print_facts(backfill: BackfillProgress) -> None:
    instants = {
        "started": backfill.started_at,
        "ended": backfill.ended_at,
        "published until": backfill.searched_until,
    }
    facts = {name: to_seconds(instant) for name, instant in instants.items()}
    print_facts({"by": backfill.who, "why": backfill.why, **facts})


def _span(backfill: BackfillProgress) -> str:
    orders = f"orders of {backfill.store_id}" if backfill.store_id else "orders"
    return f"{orders} created from {to_seconds(backfill.created_from)} to {to_seconds(backfill.created_until)}"


def _row(backfill: BackfillProgress) -> tuple[object, ...]:
    span = (to_seconds(backfill.created_from), to_seconds(backfill.created_until))
    counts = (f"{backfill.done:.0%}", backfill.orders, backfill.published)
    return (
        backfill.backfill_id,
        backfill.state,
        backfill.seller,
        backfill.store_id or "all",
        *span,
        *counts,
        to_seconds(backfill.expected_end),
    )
