"""The cells of a table, each with its column's name: a narrow screen shows a row as a card, and the names in it."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

_TAG = re.compile(r"<(tr|td|th)\b([^>]*)>|</t[dh]>")
"""Tags of rows and cells; their content is escaped, and so has none."""

_NUMBER = re.compile(r'class="[^"]*\bnumber\b')


def labelled(rows: Markup, heads: Sequence[str]) -> Markup:
    """Return the rows with each cell labelled by its column's head, and its content in an element of its own."""
    column = 0

    def label(tag: re.Match[str]) -> str:
        nonlocal column
        name, attributes = tag[1], tag[2]
        if name == "tr":
            column = 0
            return tag[0]
        if name is None:
            return f"</div>{tag[0]}"
        head = heads[column] if column < len(heads) else ""
        column += 1
        return f'<{name} data-label="{escape(head)}"{attributes}><div>'

    return Markup(_TAG.sub(label, rows))  # noqa: S704 - markup already, and the labels are escaped


def numeric_heads(rows: Markup, heads: Sequence[str]) -> list[tuple[str, bool]]:
    """Return each head, and whether the cells of its column are numbers, by the first row."""
    cells = [tag for tag in _TAG.finditer(rows.partition("</tr>")[0]) if tag[1] in ("td", "th")]
    numbers = [bool(_NUMBER.search(cell[2])) for cell in cells]
    return [(head, index < len(numbers) and numbers[index]) for index, head in enumerate(heads)]
