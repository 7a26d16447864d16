"""How commands answer: tables on a terminal, plain lines in a pipe, JSON for programs, notes on standard error."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cli.terminal.layout import folded, print_narrow

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")]
"""How many rows a list has. All of them are held at once, at three kilobytes for a dead letter."""

NO_VALUE = "-"

_STEERING = re.compile("[\x7f-\x9f]")
"""Signs that steer a terminal and that JSON, unlike those below a space, may hold as they are."""

_FRACTION = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d+Z$")
"""What people do not read of an instant; JSON and CSV have it."""

_TONES = {"ok": "green", "completed": "green", "failing": "bold red", "blocked": "bold red", "Error": "bold red"}
"""The words for states that a table on a terminal shows in colour."""

GAP, PROSE = 3, 30
"""Signs between two columns, and the least that prose needs to be read beside them."""


def counted(count: int, thing: str) -> str:
    """Return so many things in words: 1 order, 2,000 orders."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def rfc3339(moment: datetime | None) -> str | None:
    """Write an instant as the events do, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def to_seconds(moment: datetime | None) -> str | None:
    """Write an instant for people: as the events do, without fractions."""
    return rfc3339(moment.replace(microsecond=0)) if moment else None


def print_json(value: object) -> None:
    """Print a value as JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    typer.echo(_STEERING.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text))


def say(*lines: str) -> None:
    """Print lines of the answer; a value in them breaks no line."""
    for line in lines:
        typer.echo(_fitting(_plain(line), Console()))


def note(text: str) -> None:
    """Say something beside the answer, in a line on standard error."""
    typer.echo(_fitting(_plain(text), Console(stderr=True)), err=True)


def warn(text: str) -> None:
    """Say beside the answer what is not to be missed, on a terminal in colour."""
    console = Console(stderr=True)
    console.print(Text(_fitting(_plain(text), console), "bold yellow"), soft_wrap=True)


def is_terminal() -> bool:
    """Tell whether a person reads the answer."""
    return sys.stdout.isatty()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on a terminal; in a pipe, lines whose cells are parted by tabs, the columns' names first.

    The last column is prose, the others are there to be copied: where both do not fit beside each other, the prose
    stands below.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if not is_terminal():
        for line in [list(columns), *cells]:
            typer.echo("\t".join(line))
        return
    console = Console()
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    if sum(widths[:-1]) + GAP * len(columns) + min(widths[-1], PROSE) <= console.width:
        console.print(_table(columns, cells))
        return
    print_narrow(console, columns, cells, widths)


def _table(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column != columns[-1])
    for row in cells:
        table.add_row(*[Text(cell, _TONES.get(cell, "")) for cell in row])
    return table


def print_facts(facts: dict[str, object]) -> None:
    """Print names and values, one a line."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        say(f"{name.ljust(width)}  {_cell(value)}")


@contextmanager
def progress(what: str) -> Iterator[Any]:
    """Show on a terminal how many are done: give a function to call with the count. Show nothing in a pipe."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:,.0f}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda count: bar.update(task, completed=count)


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how many of how many are done, and the time left. Show nothing in a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _cell(value: object) -> str:
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _FRACTION.sub("Z", _plain(str(value)))


def _fitting(line: str, console: Console) -> str:
    return folded(line, console.width) if console.file.isatty() else line


def _plain(text: str) -> str:
    """Return a text on one line; what could steer a terminal is left out."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
