"""The report: tables in the terminal, the page docs/benchmark.md with its picture, and all figures as JSON."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.environment import ROOT
from bench.figures import Figures
from bench.picture import draw
from bench.tables import Sheet, sheets

PAGE = ROOT / "docs" / "benchmark.md"
PICTURE = ROOT / "docs" / "benchmark.svg"

HEAD = """\
# Benchmark

Made by `./run bench`; figures of one machine ({machine}), on which workers, RabbitMQ, PostgreSQL and the bench
itself share the cores. Only ratios within one run mean something elsewhere.

![Events a second and latency of each contender](benchmark.svg)

**The job.** Three events of 1 KB for each order (placed, unshipped, shipped). For each event: parse and validate,
know it again by its key, read the order and write it, write the journal, publish one follow-up persistently, wait
for its confirm, acknowledge. Quorum queues; PostgreSQL with `fsync` and `synchronous_commit` on. After every run each
order is in its right end state, each event was handled once, each queue is empty; else the run counts for nothing.

**The contenders.** Ours is `crossdock work order-placed status-changed`. The peers are written as their documentation
teaches (`bench/peers/`): one event at a time in a transaction, late acknowledgement, publisher confirms, plain psycopg
with a pool, eight threads or as many tasks at once; their validation, decision and rows are ours (`bench/job.py`).

**The clock** runs over full queues, from a tenth of each kind of event to its end, so that starting up is not in it.
Contenders take turns. A ratio compares ours, turn by turn, with the peer whose median is the best; its spread is that
of the turns.
"""

TAIL = """\
## What holds it back where a target is missed

The table of processor time shows it. More than half of an event's time in ours is work that the peers of this race do
as well, by the same code: to parse and validate, to decide, to read and write the order's JSON, to write the follow-up.
That part does not shrink in a batch, and it bounds the ratio: if all else cost nothing, a peer's whole cost over this
part would be the most that can be reached. A fifth is pika's, which reads and writes three frames for each message; the
rest is the client of the database, and the loop.

The rate falls short for the same reason, and because two cores are shared: worker, RabbitMQ, PostgreSQL and the bench,
which takes the follow-ups, come to more than one and a half cores with one process of ours, and to both with two. A
contender that waits leaves cores to the servers; one that does not takes them.

At 200 events a second a batch is one or two events, and each pays for two round trips to PostgreSQL, the second with
the commit. Most of the time from publishing to the follow-up is that of the broker, which every message passes twice,
the same for all. The best contenders differ less from each other than one and the same differs from turn to turn: by a
fifth at p50, by a third at p95 and p99.
"""


def show(figures: Figures, console: Console) -> None:
    """Print the tables."""
    for sheet in sheets(figures):
        table = Table(title=sheet.title, title_justify="left")
        for place, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if place else "left")
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table)


def write_page(figures: Figures) -> None:
    """Write the page and its picture."""
    parts = [HEAD.format(machine=figures.machine), *map(_markdown, sheets(figures)), TAIL]
    PAGE.write_text("\n".join(parts))
    PICTURE.write_text(draw(figures))


def write_json(figures: Figures, file: Path) -> None:
    """Write all figures."""
    file.write_text(json.dumps(figures.as_json(), indent=1) + "\n")


def _markdown(sheet: Sheet) -> str:
    head = f"| {' | '.join(sheet.columns)} |\n|{'---|' * len(sheet.columns)}\n"
    return f"## {sheet.title}\n\n{head}" + "".join(f"| {' | '.join(row)} |\n" for row in sheet.rows)
