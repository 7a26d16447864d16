"""crossdock demo: a simulated shop run to the end, and its orders as a seller sees them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command_line import command_of
from cli.terminal.output import bar, counted, print_table, say, warn
from schemas.blockers import system_message
from schemas.order import Order
from schemas.status import ImportState
from workers.demo import Demo, Summary, demo_parts
from workers.process.logs import set_up_logs

if TYPE_CHECKING:
    from workers.process.parts import Parts
    from workers.served.demo import ServedDemo

SHOWN_BLOCKED = 10


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
    with _served(orders, seed, lost, throttled, killed) if served else _embedded(orders, seed) as (show, parts):
        started = perf_counter()
        with bar("Events") as progress:
            show.run(progress)
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
    from cli.views.demo import print_outcomes  # noqa: PLC0415 - rich, which commands import only to draw

    orders = {order.key: order for order in show.orders()}
    say("Orders by outcome")
    print_outcomes(show, orders)
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


def _unblocking(order: Order) -> tuple[str, str, str]:
    blocker = order.blockers[0]
    return order.amazon_order_id, command_of(blocker.remedy), f"{order.note}. {blocker.solution}"
