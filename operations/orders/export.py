"""Orders as CSV, for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from operations.orders.models import OrderRow
from schemas.spreadsheet_text import guard_formulas
from schemas.visible_text import visible

_COLUMNS = [name for name in OrderRow.model_fields if name != "total"]


def csv_lines(rows: Iterable[OrderRow]) -> Iterator[str]:
    """Yield lines with the columns of the list's JSON; the total is two columns, amount and currency.

    Texts are made visible and guarded, so that no cell drives a terminal or runs as a formula.
    """
    line = io.StringIO()
    writer = csv.DictWriter(line, [*_COLUMNS, "total_amount", "total_currency"], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        yield _taken(line)
        writer.writerow(_cells(row))
    yield _taken(line)


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _cells(row: OrderRow) -> dict[str, Any]:
    cells: dict[str, Any] = row.model_dump(mode="json", exclude={"total"})
    total = row.total
    safe = {name: guard_formulas(visible(cell)) if isinstance(cell, str) else cell for name, cell in cells.items()}
    return safe | {
        "total_amount": format(total.amount, "f") if total else None,
        "total_currency": total.currency if total else None,
    }
