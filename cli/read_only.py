"""crossdock read-only: whether changes are sent to Amazon and Commerce, or recorded only."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor, Reason, Yes, audit_reason, confirm, require_confirmation
from cli.terminal.output import AsJson, counted, print_json, print_table, say, to_seconds
from operations import read_only
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Read-only mode: for copies of the database.", no_args_is_help=True)

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of changes that were not sent.")]


@app.command()
def show(limit: Limit = 20, as_json: AsJson = False) -> None:
    """Show whether it is on, and the changes not sent."""
    with opened_context() as context:
        status = read_only.show_read_only(context, limit)
    if as_json:
        print_json(to_json(status))
        return
    say(_sentence(status))
    if status.withheld:
        columns = ("REQUEST", "STORE", "ORDER", "TIMES", "LAST")
        rows = [
            (change.request, change.store_id, change.amazon_order_id, change.times, to_seconds(change.last_at))
            for change in status.withheld
        ]
        print_table(columns, rows)


@app.command("on")
def switch_on(*, who: Actor, reason: Reason = None) -> None:
    """Switch it on: record changes, and send none."""
    with opened_context() as context:
        read_only.switch_on(context, actor=who, why=audit_reason(reason, ask=True))
    say("Read-only mode is on: within five seconds no process sends a change to Amazon or Commerce.")


@app.command()
def release(*, who: Actor, reason: Reason = None, yes: Yes = False) -> None:
    """Switch it off: send changes again.

    The place where the database is now is taken for the original's. All that was withheld is sent, by each event's next
    retry, within an hour. Do it only if no other Crossdock sends for the same stores.
    """
    require_confirmation(yes=yes, otherwise="give --yes.")
    with opened_context() as context:
        status = read_only.show_read_only(context, 1)
        withheld = counted(status.withheld_count, "change")
        confirm(f"{_sentence(status)} Send {withheld} and all that follow to Amazon and Commerce?", yes=yes)
        place = read_only.release(context, actor=who, why=audit_reason(reason, ask=not yes))
    say(f"Read-only mode is off. This database is known at {place}.")


def _sentence(status: read_only.ReadOnlyStatus) -> str:
    if status.by_setting:
        return f"Read-only mode is on by CROSSDOCK_READ_ONLY. The database is {status.place}."
    if status.mode is not None:
        since = to_seconds(status.mode.since)
        return f"Read-only mode is on since {since}, by {status.mode.who}: {status.mode.reason}"
    if not status.is_known_place:
        return f"Read-only mode begins with the next process: the database is not known at {status.place}."
    return f"Read-only mode is off. The database is {status.place}."
