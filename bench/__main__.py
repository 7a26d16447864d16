"""`./run bench`: measure, print, keep the figures, and write the documentation's pages of the kept ones."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.contenders import CONTENDERS, OURS
from bench.errors import BenchError
from bench.figures import Figures
from bench.kept_figures import read_kept, write_kept
from bench.measurements import MEASUREMENTS, Plan, Run
from bench.report import KEPT, PAGE, PAGE_TIMES, show, write_json, write_page, write_page_times
from bench.servers import servers
from schemas.errors import CrossdockError
from workers.process.logs import set_up_logs

ROUNDS, ORDERS = 3, 1500
"""With fewer of them figures are no more than a try, and are not kept."""

RECORDED = (10_000, 100_000, 1_000_000)
ENDURED_EVENTS = 1_000_000
LETTERS, HOT_LETTERS, REPLAYED, LISTED = 1_000_000, 10_000, 10_000, 1_000_000
CREATED, IMPORTED = 1_000, 300

NAMES = (*MEASUREMENTS, *(contender.name for contender in CONTENDERS))


def bench(
    rounds: Annotated[int, typer.Option(min=1, help="How often all take their turn.")] = ROUNDS,
    orders: Annotated[
        int, typer.Option(min=50, help="Orders a race of a peer; ours gets five times as many.")
    ] = ORDERS,
    quick: Annotated[bool, typer.Option(help="One small round of everything: does it work? Not for figures.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only these measurements or contenders: {', '.join(NAMES)}.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write all figures to this file.")] = None,
) -> None:
    """Measure ours and the peers doing the same job. Over an hour; leave the machine alone meanwhile."""
    chosen = only or []
    unknown = [name for name in chosen if name not in NAMES]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is neither a measurement nor a contender.", param_hint="--only")
    plan = _plan(1 if quick else rounds, min(orders, 100) if quick else orders, quick, chosen)
    is_kept = not quick and rounds >= ROUNDS and orders >= ORDERS and plan.contenders == CONTENDERS
    figures = Figures()
    for name, measured in _measure(plan, [name for name in MEASUREMENTS if name in chosen] or list(MEASUREMENTS)):
        figures.replace(measured)
        if is_kept:
            _keep(name, measured)
    show(figures, Console())
    if json:
        write_json(figures, json)
    if is_kept:
        _write_pages()


def _keep(name: str, figures: Figures) -> None:
    """Keep the figures of a measurement, before the next one begins: a run takes over an hour, and may be ended."""
    kept = read_kept(KEPT)
    kept.keep(name, figures)
    write_kept(kept, KEPT)


def _write_pages() -> None:
    """Write the pages of which all figures are there."""
    kept, console = read_kept(KEPT), Console()
    if kept.figures.pages:
        write_page_times(kept, LISTED)
        console.print(f"Written to {PAGE_TIMES.relative_to(Path.cwd())}.")
    if missing := kept.missing(name for name in MEASUREMENTS if name != "pages"):
        console.print(f"{PAGE.relative_to(Path.cwd())} is written once these are measured, too: {', '.join(missing)}.")
    else:
        write_page(kept)
        console.print(f"Written to {PAGE.relative_to(Path.cwd())}.")


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


def _measure(plan: Plan, names: list[str]) -> Iterator[tuple[str, Figures]]:
    """Take measurements, and yield the figures of each."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with servers() as run_servers, Progress(*columns, console=console, transient=True) as bar:
            for name in names:
                figures = Figures()
                MEASUREMENTS[name](Run(plan, run_servers, figures, bar))
                yield name, figures
    except (BenchError, CrossdockError) as error:
        console.print(str(error), style="bold red", markup=False)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as Ctrl-C does: with the servers
    set_up_logs("warning")
    typer.run(bench)
