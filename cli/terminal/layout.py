"""Tables on a terminal that is too narrow for them: the cells of a row beside each other, its prose below them."""

import re
import textwrap
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


_BEGINNING = re.compile(r"( *)(\S+ {2,})?")
"""What a line begins with: its indentation, and the name that stands before a value."""

_COMMAND = re.compile(r"`[^`]+`|\bcrossdock .+$")
_GLUE = "\0"


def folded(text: str, width: int) -> str:
    """Return a line as lines that fit; a command stays on one line, for it is there to be copied."""
    if len(text) <= width:
        return text
    glued = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
    lines = textwrap.wrap(
        glued, width, subsequent_indent=_hanging(text), break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(_GLUE, " ")


def _hanging(text: str) -> str:
    """Return the indentation of what goes on: beneath the value of a name, else a little further in than the line."""
    found = _BEGINNING.match(text)
    indentation, name = found.groups() if found else ("", None)
    if name:
        return " " * (len(indentation) + len(name))
    return indentation and f"{indentation}  "
