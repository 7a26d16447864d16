"""Output of commands: tables on a terminal, plain lines in a pipe, JSON for programs, notes on standard error."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, TextIO

import typer

from cli.terminal.layout import folded
from schemas.masked_urls import mask_urls
from schemas.spreadsheet_text import guard_formulas
from schemas.visible_text import escape_json, visible

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

NO_VALUE = "-"

_FRACTION = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d+Z$")
"""The fraction of a second, which only JSON and CSV show."""


def counted(count: int, thing: str) -> str:
    """Return a count with its noun: 1 order, 2,000 orders."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def rfc3339(moment: datetime | None) -> str | None:
    """Write an instant as the events do, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def to_seconds(moment: datetime | None) -> str | None:
    """Write an instant for people: as the events do, without fractions."""
    return rfc3339(moment.replace(microsecond=0)) if moment else None


def print_json(value: object) -> None:
    """Print a value as JSON; characters that a terminal does not show as they are, by their numbers."""
    typer.echo(escape_json(json.dumps(value, indent=2, ensure_ascii=False)))


def say(*lines: str) -> None:
    """Print lines of the answer, each made visible: a line break in a value becomes a space."""
    for line in lines:
        typer.echo(_fitting(line, sys.stdout))


def note(text: str) -> None:
    """Print a line beside the answer, on standard error."""
    typer.echo(_fitting(mask_urls(text), sys.stderr), err=True)


def warn(text: str) -> None:
    """Print a line on standard error, on a terminal in colour: it must not be overlooked."""
    line = _fitting(mask_urls(text), sys.stderr)
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    typer.echo(typer.style(line, fg="yellow", bold=True) if colour else line, err=True)


def is_terminal() -> bool:
    """Return whether a person reads the answer."""
    return sys.stdout.isatty()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on a terminal; in a pipe, lines of cells separated by tabs, the columns' names first.

    In a pipe, cells that a spreadsheet would run as formulas are guarded.
    The last column is prose, the others are copied by people: where both do not fit beside each other, the prose
    comes below.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if is_terminal():
        from cli.terminal.tables import draw_table  # noqa: PLC0415 - a pipe does not need rich

        draw_table(columns, cells)
        return
    for line in [list(columns), *cells]:
        typer.echo("\t".join(map(guard_formulas, line)))


def print_facts(facts: dict[str, object]) -> None:
    """Print names and values, one a line."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        say(f"{name.ljust(width)}  {_cell(value)}")


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many are done; gives a function to call with the count. Shows nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from cli.terminal.progress import draw_count  # noqa: PLC0415 - a pipe does not need rich

    with draw_count(what) as show:
        yield show


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how many of how many are done, and the time left. Shows nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from cli.terminal.progress import draw_bar  # noqa: PLC0415 - a pipe does not need rich

    with draw_bar(what) as show:
        yield show


def _cell(value: object) -> str:
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _FRACTION.sub("Z", visible(str(value)))


def _fitting(text: str, stream: TextIO) -> str:
    line = visible(text)
    return folded(line, _width(stream)) if stream.isatty() else line


def _width(terminal: TextIO) -> int:
    """Return the columns of a terminal: those of the variable COLUMNS, else its own, else 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except OSError:
        return 80
