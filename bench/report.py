"""The report: tables in the terminal, docs/benchmark.md with its picture, docs/page-times.md, all figures as JSON."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.environment import ROOT
from bench.figures import Figures
from bench.kept_figures import KeptFigures
from bench.pages import LIMIT, ORDERS_PER_ROW, TURNS
from bench.picture import draw
from bench.tables import Sheet, page_times, sheets

KEPT = ROOT / "docs" / "benchmark.json"
PAGE = ROOT / "docs" / "benchmark.md"
PICTURE = ROOT / "docs" / "benchmark.svg"
PAGE_TIMES = ROOT / "docs" / "page-times.md"

HEAD = """\
# Benchmark

Made by `./run bench`, on machines ([the last table](#measured) names them) on which workers, RabbitMQ, PostgreSQL and
the bench itself share the cores. Only ratios within one measurement can be compared with other machines.

![Events a second and latency of each contender](benchmark.svg)

**The job.** Three events of 1 KB for each order (placed, unshipped, shipped). For each event: parse and validate,
look up its key in the inbox, read and write the order, write its history, publish one follow-up persistently, wait for
its confirm, acknowledge. Quorum queues; PostgreSQL with `fsync` and `synchronous_commit` on. A run counts only if
afterwards each order is in its right end state, each event was handled once, and each queue is empty.

**The contenders.** Crossdock runs `crossdock work order-placed status-changed`. The peers are written as their
documentation teaches (`bench/peers/`): one event at a time in a transaction, late acknowledgement, publisher confirms,
plain psycopg with a pool, eight threads or as many tasks at once; their validation, decision and rows are Crossdock's
(`bench/job.py`).

**Time** is measured over full queues, from a tenth of each kind of event to the end, without the start of a process.
Contenders take turns. A ratio compares Crossdock, turn by turn, with the peer whose median is the best; its spread is
that of the turns.
"""

TAIL = """\
## Limits

The table of processor time shows why a target is missed. More than half of an event's time in Crossdock is work that
the peers do as well, by the same code: parse and validate, decide, read and write the order's JSON, write the
follow-up. That part does not shrink in a batch, and it bounds the ratio: if all else cost nothing, a peer's whole cost
divided by this part would be the maximum. The rest is pika's two threads, the database client and the loop.

The rate falls short for the same reason, and because the cores are shared: worker, RabbitMQ, PostgreSQL and the bench,
which receives the follow-ups, use more than one and a half of two cores with one Crossdock process, and nearly both
with two. A contender that waits leaves cores to the servers; one that does not wait takes them. The column "cores" is
the sum of all their processor time, a second. A rate at which every core is busy is what the cores allow; the share of
it that two processes reach is in the table of ratios.

At 200 events a second a batch is one or two events, and each pays for two round trips to PostgreSQL, the second with
the commit. Most of the time from publishing to the follow-up is the broker's, which every message passes twice, the
same for all. The best contenders differ less from each other than each differs from turn to turn: by a fifth at p50, by
a third at p95 and p99.

At the pace of Amazon and Commerce the orders go from `crossdock work` and `crossdock intake amazon` to `crossdock
simulator`, whose processor time is not counted, and, where no other way is named, through carts. Look-ups are shared
while calls are scarce. A caller is one of the calls that may be made at a time; its time is used while the shop is at
work for it, by the shop's own books. An order's processor time is that of the whole importer between two counted
orders, without its start: signatures, JSON and HTTP of its calls, the short transactions that keep its cart or its
attempt, and its event, nearly alone in its batch. The time from a notification to the order is without the shop's: both
simulators answer at once there.
"""

PAGE_TIMES_HEAD = """\
# Page times

Made by `./run bench --only pages`; figures of one machine ({machine}), on which the console, PostgreSQL and the client
share the cores. Each page of the console and each list of the API, with each of its filters, was asked for {turns}
times over HTTP, by a person who is signed in: milliseconds to the end of the answer. The ledger had {orders:,} orders,
and of all else that is listed {rows:,} rows: dead letters, products, matches, failed calls, acts of people, the letters
of one replay; of replays and backfills a thousand.

The limit is {limit:.0f} ms at the 95th percentile; {within} of {all} addresses are below it.
"""


def show(figures: Figures, console: Console) -> None:
    """Print the tables."""
    for sheet in (*sheets(figures), *_page_sheets(figures)):
        table = Table(title=sheet.title, title_justify="left")
        for place, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if place else "left")
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table)


def write_page(kept: KeptFigures) -> None:
    """Write the page and its picture."""
    origins = [(name, origin.day, origin.commit, origin.machine) for name, origin in kept.measured.items()]
    measured = Sheet("Measured", ("", "day", "commit", "machine"), origins)
    parts = [HEAD, *map(_markdown, sheets(kept.figures)), TAIL, _markdown(measured)]
    PAGE.write_text("\n".join(parts))
    PICTURE.write_text(draw(kept.figures))


def write_page_times(kept: KeptFigures, orders: int) -> None:
    """Write the page of the times of pages, measured over so many orders."""
    figures = kept.figures
    head = PAGE_TIMES_HEAD.format(
        machine=kept.measured["pages"].machine,
        turns=TURNS,
        orders=orders,
        rows=orders // ORDERS_PER_ROW,
        limit=LIMIT,
        within=sum(page.p95 < LIMIT for page in figures.pages),
        all=len(figures.pages),
    )
    PAGE_TIMES.write_text("\n".join([head, _markdown(page_times(figures))]))


def _page_sheets(figures: Figures) -> list[Sheet]:
    return [page_times(figures)] if figures.pages else []


def write_json(figures: Figures, file: Path) -> None:
    """Write all figures."""
    file.write_text(json.dumps(figures.as_json(), indent=1) + "\n")


def _markdown(sheet: Sheet) -> str:
    head = f"| {' | '.join(sheet.columns)} |\n|{'---|' * len(sheet.columns)}\n"
    return f"## {sheet.title}\n\n{head}" + "".join(f"| {' | '.join(row)} |\n" for row in sheet.rows)
