"""Tables on a terminal that is too narrow for them: the cells of a row beside each other, its prose below them."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

BETWEEN, INDENT = "  ", 4


def print_narrow(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    """Print a table whose last column is prose; cells that do not fit either stand below, and none is cut."""
    lines = _lines(widths[:-1], console.width)
    for row in (columns, *rows):
        style = "bold" if row is columns else ""
        for line in _laid_out(row, widths, lines):
            console.print(Text(line, style), soft_wrap=True)
        console.print(Padding(Text(row[-1], style), (0, 0, 0, INDENT)))


def _lines(widths: Sequence[int], room: int) -> list[list[int]]:
    """Return which columns stand in a line together."""
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
    for place, line in enumerate(lines):
        cells = BETWEEN.join(row[column].ljust(widths[column]) for column in line).rstrip()
        yield " " * (INDENT if place else 0) + cells
