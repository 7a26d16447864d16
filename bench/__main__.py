"""`./run bench`: measure, print, and write the documentation's pages of what was measured whole."""

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.contenders import CONTENDERS, OURS
from bench.errors import BenchError
from bench.figures import Figures
from bench.measurements import MEASUREMENTS, Plan, Run
from bench.report import PAGE, PAGE_TIMES, show, write_json, write_page, write_page_times
from bench.servers import servers
from schemas.errors import CrossdockError
from workers.process.logs import set_up_logs

RECORDED = (10_000, 100_000, 1_000_000)
ENDURED_EVENTS = 1_000_000
LETTERS, HOT_LETTERS, REPLAYED, LISTED = 1_000_000, 10_000, 10_000, 1_000_000
CREATED, IMPORTED = 1_000, 300

NAMES = (*MEASUREMENTS, *(contender.name for contender in CONTENDERS))


def bench(
    rounds: Annotated[int, typer.Option(min=1, help="How often all take their turn.")] = 3,
    orders: Annotated[int, typer.Option(min=50, help="Orders a race of a peer; ours gets five times as many.")] = 1500,
    quick: Annotated[bool, typer.Option(help="One small round of everything: does it work? Not for figures.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only these measurements or contenders: {', '.join(NAMES)}.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
) -> None:
    """Measure ours and the peers doing the same job. Three quarters of an hour; leave the machine alone meanwhile."""
    chosen = only or []
    unknown = [name for name in chosen if name not in NAMES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is neither a measurement nor a contender.", param_hint="--only")
    plan = _plan(1 if quick else rounds, min(orders, 100) if quick else orders, quick, chosen)
    figures = _measure(plan, [name for name in MEASUREMENTS if name in chosen] or list(MEASUREMENTS))
    show(figures, Console())
    if json:
        write_json(figures, json)
    if not quick:
        _write(figures, plan, everything=not chosen)


def _write(figures: Figures, plan: Plan, *, everything: bool) -> None:
    """Write the pages of what was measured: pages have their own, all else one that only a whole run writes."""
    written = []
    if everything:
        write_page(figures)
        written.append(PAGE)
    if figures.pages:
        write_page_times(figures, plan.listed)
        written.append(PAGE_TIMES)
    for page in written:
        Console().print(f"Written to {page.relative_to(Path.cwd())}.")


def _plan(rounds: int, orders: int, quick: bool, chosen: list[str]) -> Plan:
    named = tuple(contender for contender in CONTENDERS if contender.name in chosen)
    ours = next(contender for contender in CONTENDERS if contender.name == OURS)
    events = Plan(1, orders, (), (), 0, 0, 0, 0, 0, 0, 0).orders_of(ours) * 3
    return Plan(
        rounds=rounds,
        orders=orders,
        contenders=named or CONTENDERS,
        recorded=(100, 1000) if quick else RECORDED,
        letters=10_000 if quick else LETTERS,
        hot=100 if quick else HOT_LETTERS,
        replayed=200 if quick else REPLAYED,
        listed=20_000 if quick else LISTED,
        created=200 if quick else CREATED,
        imported=100 if quick else IMPORTED,
        waves=2 if quick else max(2, ENDURED_EVENTS // events),
    )


def _measure(plan: Plan, names: list[str]) -> Figures:
    figures = Figures()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with servers() as found, Progress(*columns, console=console, transient=True) as bar:
            for name in names:
                MEASUREMENTS[name](Run(plan, found, figures, bar))
    except (BenchError, CrossdockError) as error:
        console.print(str(error), style="bold red", markup=False)
        raise typer.Exit(1) from None
    return figures


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as Ctrl-C does: with the servers
    set_up_logs("warning")
    typer.run(bench)
