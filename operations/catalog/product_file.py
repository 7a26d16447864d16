"""Product files: CSV with a header, or JSON lines. A broken line is reported by its number and stops no other."""

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import chain, zip_longest
from typing import Annotated, Any, TextIO

from pydantic import ConfigDict, Field, ValidationError

from gateways.port import Catalog
from operations.catalog.models import BrokenLine
from operations.errors import RefusedActionError
from schemas.fields import Name
from schemas.input_limits import COLUMNS, RowLines, lines_of
from schemas.product import Product
from schemas.spreadsheet_text import unguard_formulas
from schemas.value import Value
from schemas.visible_text import shortened

MAX_QUANTITY = 1_000_000_000
"""Pieces of one product, at most."""


class ProductRow(Value):
    """The facts of a product in one row. A fact that is not given stays; a field of another name is an error."""

    model_config = ConfigDict(extra="forbid")

    sku: Name
    name: Name | None = None
    asin: Name | None = None
    enabled: bool | None = None
    quantity: Annotated[int, Field(ge=0, le=MAX_QUANTITY)] | None = None
    managed: bool | None = None


def read_products(file: TextIO) -> Iterator[ProductRow | BrokenLine]:
    """Read a file of products, line by line.

    Raises RefusedActionError when it is CSV without a column `sku`, or with one that no product has, or not UTF-8;
    InputLimitError when a row is too long.
    """
    try:
        yield from _read(RowLines(lines_of(file)))
    except UnicodeDecodeError:
        raise RefusedActionError("The file is not UTF-8; save it as UTF-8 and import it again.") from None


def _read(lines: RowLines) -> Iterator[ProductRow | BrokenLine]:
    first = next(lines, "")
    is_json = first.lstrip("\ufeff \t").startswith("{")
    rows = _json_lines(first, lines) if is_json else _csv_rows(first, lines)
    for line, row in rows:
        if isinstance(row, BrokenLine):
            yield row
            continue
        try:
            yield ProductRow.model_validate(row)
        except ValidationError as error:
            yield BrokenLine(line=line, reason=f"{describe_invalid_row(error)}.")


def describe_invalid_row(error: ValidationError) -> str:
    """Return the wrong fields of a row, each with the reason."""
    return "; ".join(f"{shortened(str(e['loc'][0]))}: {e['msg']}" for e in error.errors(include_input=False))


def merged(catalog: Catalog, rows: list[ProductRow]) -> list[Product]:
    """Return products with the facts of rows on top of the catalog's; the last row of a SKU wins."""
    products = catalog.find([row.sku for row in rows])
    for row in rows:
        existing = products.get(row.sku) or Product(sku=row.sku, name=row.name or row.sku)
        products[row.sku] = Product.model_validate({**existing.model_dump(), **row.model_dump(exclude_none=True)})
    return list(products.values())


def _json_lines(first: str, lines: RowLines) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(chain([first], lines), 1):
        lines.begin_row()
        if not line.strip():
            continue
        try:
            row = json.loads(line.removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            row = None
        yield number, row if isinstance(row, dict) else BrokenLine(line=number, reason="Not a JSON object on one line.")


def _csv_rows(first: str, lines: RowLines) -> Iterator[tuple[int, Mapping[str, Any] | BrokenLine]]:
    """Yield rows by column, blank cells left out, without the mark that guards formulas."""
    reader = csv.reader(chain([first], lines))
    header = _header(reader)
    while True:
        line = reader.line_num + 1
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BrokenLine(line=line, reason=f"Not CSV: {error}.")
            continue
        row = {
            name: unguard_formulas(cell.strip())
            for name, cell in zip_longest(header, cells, fillvalue="")
            if cell.strip()
        }
        if "" in row:
            yield line, BrokenLine(line=line, reason="A cell is under no column of the first line.")
        elif row:
            yield line, row


def _header(reader: Iterator[list[str]]) -> list[str]:
    """Return the columns. Raises RefusedActionError for those that products do not have, and for a broken first line.

    Spreadsheets add columns without a name.
    """
    try:
        header = [name.strip().lstrip("\ufeff").casefold() for name in next(reader, [])]
    except csv.Error as error:
        raise RefusedActionError(f"The first line, which must name the columns, is not CSV: {error}.") from None
    if len(header) > COLUMNS:
        raise RefusedActionError(f"The first line names more than {COLUMNS:,} columns, the limit.")
    fields = ", ".join(ProductRow.model_fields)
    if "sku" not in header:
        raise RefusedActionError(f"The file has no column sku; the first line must name the columns, of {fields}.")
    unknown = next((name for name in header if name and name not in ProductRow.model_fields), None)
    if unknown is not None:
        raise RefusedActionError(f"The file's column {shortened(unknown)} is none of {fields}; rename or remove it.")
    return header
