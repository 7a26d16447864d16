"""Tables on a terminal, by rich: columns beside each other, on a narrow one the last column below the others.

Apart from `output`, because a pipe needs none of it and rich costs a command a tenth of its time.
"""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

BETWEEN, INDENT = "  ", 4

GAP, PROSE = 3, 30
"""Characters between two columns, and the fewest that prose needs to be readable beside others."""

_COLOURS = {"ok": "green", "completed": "green", "failing": "bold red", "blocked": "bold red", "Error": "bold red"}
"""Colours of states."""


def draw_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table to standard output. Its last column is prose; the others are copied, and never cut."""
    console = Console()
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    if sum(widths[:-1]) + GAP * len(columns) + min(widths[-1], PROSE) <= console.width:
        console.print(_table(columns, rows))
        return
    _print_narrow(console, columns, rows, widths)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column != columns[-1])
    for row in rows:
        table.add_row(*[Text(cell, _COLOURS.get(cell, "")) for cell in row])
    return table


def _print_narrow(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    """Print the last column below the others; cells that do not fit either come on further lines."""
    lines = _lines(widths[:-1], console.width)
    for row in (columns, *rows):
        style = "bold" if row is columns else ""
        for line in _laid_out(row, widths, lines):
            console.print(Text(line, style), soft_wrap=True)
        console.print(Padding(Text(row[-1], style), (0, 0, 0, INDENT)))


def _lines(widths: Sequence[int], room: int) -> list[list[int]]:
    """Return which columns share a line of *room* characters."""
    lines: list[list[int]] = [[]]
    used = 0
    for column, width in enumerate(widths):
        if lines[-1] and used + width > room:
            lines.append([])
            used = INDENT
        lines[-1].append(column)
        used += width + len(BETWEEN)
    return lines


def _laid_out(row: Sequence[str], widths: Sequence[int], lines: list[list[int]]) -> Iterator[str]:
    for index, line in enumerate(lines):
        cells = BETWEEN.join(row[column].ljust(widths[column]) for column in line).rstrip()
        yield " " * (INDENT if index else 0) + cells
