"""crossdock demo: a simulated shop run to the end, and its orders as a seller sees them."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.command_line import command_of
from cli.terminal.output import counted, is_terminal, print_table, say, warn
from schemas.blockers import system_message
from schemas.order import Order
from schemas.status import ImportState
from workers.demo import Demo, Summary, demo_parts
from workers.process.logs import set_up_logs

if TYPE_CHECKING:
    from workers.process.parts import Parts
    from workers.served.demo import ServedDemo

SHOWN_BLOCKED = 10
PIPE_WIDTH = 220
"""Width of the table in a pipe, in characters."""

MEANING: dict[str, str] = {
    "completed": "Placed, paid, created in Commerce, shipped, confirmed to Amazon, completed by the scheduler.",
    "imported": "Created in Commerce and waiting to be shipped.",
    "partially_shipped": "One parcel has left, another is still to come.",
    "pending": "Amazon has not authorized the payment. No Commerce order yet.",
    "canceled": "Canceled on Amazon. Nothing is left open in Commerce, reserved stock is back.",
    "fba": "Amazon shipped it. Created complete in Commerce, without touching your stock.",
    "replacement": "Replaces an earlier order; handled like any other.",
    "pre_integration": "Bought before the store was integrated. Recorded, never imported.",
    "view_only": "The store's import is disabled. View only: manage it in Seller Central.",
    "product_missing": "Blocked: the product is not in the catalog.",
    "product_disabled": "Blocked: the product is disabled.",
    "out_of_stock": "Blocked: the product is out of stock.",
    "address": "Blocked: Commerce does not take the address.",
    "money": "Blocked: the amounts do not add up.",
    "personal_data": "Blocked: Amazon withholds buyer and address.",
    "buyer_cancellation": "Blocked: the buyer asked to cancel, and nobody has decided.",
}


def demo(  # noqa: PLR0913 - one parameter an option
    orders: Annotated[int, typer.Option(min=1, max=1_000_000, help="Number of orders.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same orders.")] = 1,
    with_console: Annotated[
        bool, typer.Option("--console", help="Then serve the console with these orders, until Ctrl-C.")
    ] = False,
    served: Annotated[
        bool, typer.Option("--served", help="Over HTTP: the real clients against a served Amazon and Commerce.")
    ] = False,
    *,
    lost: Annotated[float, typer.Option(min=0.0, max=0.5, help="With --served: share of answers that are lost.")] = 0.0,
    throttled: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="With --served: share of calls answered with 429.")
    ] = 0.0,
    killed: Annotated[
        bool, typer.Option("--killed", help="With --served: kill the process after calls of each kind.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run a small simulated shop to the end and sum up."""
    if (lost or throttled or killed) and not served:
        raise typer.BadParameter("--lost, --throttled and --killed need --served: only there answers travel.")
    set_up_logs("error")
    console = Console(stderr=True)
    with _served(orders, seed, lost, throttled, killed) if served else _embedded(orders, seed) as (show, parts):
        started = perf_counter()
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("Events", total=None)
            show.run(lambda published, total: bar.update(task, completed=published, total=total))
        summary = show.summary()
        if as_json:
            typer.echo(json.dumps(asdict(summary)))
        else:
            _print(show, summary, perf_counter() - started)
        if isinstance(show, Demo):
            show.close()
        elif not as_json:
            _print_trouble(show)
        if with_console:
            import_module("cli.console").serve_demo(parts)
    if summary.lost or summary.doubled:
        raise typer.Exit(1)


@contextmanager
def _embedded(orders: int, seed: int) -> "Iterator[tuple[Demo | ServedDemo, Parts]]":
    with demo_parts() as parts:
        yield Demo(parts, orders, seed), parts


@contextmanager
def _served(
    orders: int, seed: int, lost: float, throttled: float, killed: bool
) -> "Iterator[tuple[Demo | ServedDemo, Parts]]":
    from workers.served.demo import opened_served_demo  # noqa: PLC0415 - 0.3 s for HTTP, on both sides
    from workers.served.ends import Trouble  # noqa: PLC0415 - as above

    with opened_served_demo(orders, seed, Trouble(lost, throttled, killed)) as opened:
        yield opened


def _print_trouble(show: "ServedDemo") -> None:
    """Print the lost answers, the throttled calls and the kills."""
    lost, throttled = show.went_wrong
    if lost or throttled:
        say(f"{counted(lost, 'answer')} lost, {counted(throttled, 'call')} throttled.")
    if show.kills:
        say(f"Killed {counted(sum(show.kills.values()), 'time')}, after these calls: {', '.join(show.kills)}.")


def _print(show: "Demo | ServedDemo", summary: Summary, seconds: float) -> None:
    orders = {order.key: order for order in show.orders()}
    say("Orders by outcome")
    Console(width=None if is_terminal() else PIPE_WIDTH).print(_outcomes(show, orders))
    blocked = [order for order in orders.values() if order.import_state is ImportState.BLOCKED]
    names = {store.store_id: store.name for store in show.world.stores}
    if message := system_message(sorted({names[order.store_id] for order in blocked})):
        warn(message)
        say("", "Blocked orders and their solutions")
        print_table(
            ("ORDER", "COMMAND", "REASON AND SOLUTION"), [_unblocking(order) for order in blocked[:SHOWN_BLOCKED]]
        )
    say(
        f"{counted(summary.orders, 'order')}: {summary.recorded} recorded, {summary.imported} imported, "
        f"{summary.blocked} blocked, {summary.shipped} shipped, {summary.completed} completed, "
        f"{summary.canceled} canceled; {summary.lost} lost, {summary.doubled} doubled ({seconds:.1f} s)."
    )


def _outcomes(show: "Demo | ServedDemo", orders: dict[tuple[str, str], Order]) -> Table:
    """Return a table whose cells may all be folded: nothing in it is to be copied."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("ORDERS", justify="right")
    for title in ("STATUS", "COMMERCE", "WHAT HAPPENED"):
        table.add_column(title)
    for outcome, count in sorted(show.world.expected.items(), key=lambda pair: list(MEANING).index(pair[0])):
        keys = [scripted.key for scripted in show.world.orders if scripted.expected is outcome]
        final = [orders[key] for key in keys if key in orders]
        table.add_row(str(count), _words(final, "status"), _commerce(final), MEANING[outcome])
    return table


def _words(orders: list[Order], field: str) -> str:
    return ", ".join(sorted({str(getattr(order, field)) for order in orders}))


def _commerce(orders: list[Order]) -> str:
    words = Counter(order.commerce_order.status if order.commerce_order else "no order" for order in orders)
    return ", ".join(sorted(words))


def _unblocking(order: Order) -> tuple[str, str, str]:
    blocker = order.blockers[0]
    return order.amazon_order_id, command_of(blocker.remedy), f"{order.note}. {blocker.solution}"
