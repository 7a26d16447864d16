"""Products read from a file: CSV with a header, or JSON lines; what is broken is told by its line, the rest goes on."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateways.port import Catalog
from operations.errors import RefusedActionError
from schemas.fields import Name
from schemas.product import Product

BATCH = 500

MOST_PIECES = 1_000_000_000
"""The greatest quantity that is taken."""


class ProductRow(BaseModel):
    """What a row tells of a product. What it does not tell stays as it is; a field of another name is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Name
    name: Name | None = None
    asin: Name | None = None
    enabled: bool | None = None
    quantity: Annotated[int, Field(ge=0, le=MOST_PIECES)] | None = None
    managed: bool | None = None


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that could not be taken, and why."""

    line: int
    reason: str


def read_products(file: Iterable[str]) -> Iterator[ProductRow | BrokenLine]:
    """Read a file of products.

    Raises RefusedActionError when it is CSV without a column `sku`, or with one that no product has, or not UTF-8.
    """
    try:
        yield from _read(iter(file))
    except UnicodeDecodeError:
        raise RefusedActionError("The file is not UTF-8; save it as UTF-8 and import it again.") from None


def _read(lines: Iterator[str]) -> Iterator[ProductRow | BrokenLine]:
    first = next(lines, "")
    whole = chain([first], lines)
    rows = _json_lines(whole) if first.lstrip("\ufeff \t").startswith("{") else _csv_rows(whole)
    for line, row in rows:
        if isinstance(row, BrokenLine):
            yield row
            continue
        try:
            yield ProductRow.model_validate(row)
        except ValidationError as error:
            yield BrokenLine(line, f"{what_is_wrong(error)}.")


def what_is_wrong(error: ValidationError) -> str:
    """Say what of a row is wrong and why, each by its name."""
    return "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False))


def merged(catalog: Catalog, rows: list[ProductRow]) -> list[Product]:
    """Return the products that rows describe, on top of what the catalog knows of them; the last row of a SKU wins."""
    products = catalog.find([row.sku for row in rows])
    for row in rows:
        known = products.get(row.sku) or Product(sku=row.sku, name=row.name or row.sku)
        products[row.sku] = Product.model_validate({**known.model_dump(), **row.model_dump(exclude_none=True)})
    return list(products.values())


def _json_lines(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            row = None
        yield number, row if isinstance(row, dict) else BrokenLine(number, "Not a JSON object on one line.")


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | BrokenLine]]:
    """Yield rows by column, blank cells left out."""
    reader = csv.reader(lines)
    header = [name.strip().lstrip("\ufeff").casefold() for name in next(reader, [])]
    _check_header(header)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, BrokenLine(line, f"Not CSV: {error}.")
            continue
        told = {name: cell.strip() for name, cell in zip_longest(header, cells, fillvalue="") if cell.strip()}
        if "" in told:
            yield line, BrokenLine(line, "A cell stands under no column of the first line.")
        elif told:
            yield line, told


def _check_header(header: list[str]) -> None:
    """Raise RefusedActionError where the columns are not those of products; spreadsheets add some without a name."""
    fields = ", ".join(ProductRow.model_fields)
    if "sku" not in header:
        raise RefusedActionError(f"The file has no column sku; its first line names the columns, of {fields}.")
    strange = next((name for name in header if name and name not in ProductRow.model_fields), None)
    if strange is not None:
        raise RefusedActionError(f"The file's column {strange} is none of {fields}; rename it or take it out.")
