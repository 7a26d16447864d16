"""A report's bytes taken apart into rows with their line numbers."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import structlog

log = structlog.get_logger(__name__)

DELIMITERS = "\t,;"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Torn:
    """Lines that cannot be taken apart into cells: their text, and the reason in a sentence."""

    text: str
    reason: str


def decoded(data: bytes) -> str:
    """Return the text of a report: UTF-8 as a rule, UTF-16 by its mark, else Windows' code page 1252 with a warning."""
    if data.startswith(UTF_16):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        log.warning("report_is_not_utf_8", read_as="cp1252")
        return data.decode("cp1252", errors="replace")


def read_rows(text: str) -> Iterator[tuple[int, list[str] | Torn]]:
    """Yield each row that is not blank with the line it begins on, the header first; tab, comma or semicolon apart."""
    lines = list(io.StringIO(text, newline=""))
    header = next((line for line in lines if line.strip()), "")
    delimiter = max(DELIMITERS, key=header.count)
    # Amazon's tab-separated reports quote nothing: a title may begin with a quotation mark and never close it.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Torn("".join(lines[line - 1 : reader.line_num]), _broken(line, reader.line_num, str(error)))
            continue
        if any(cell.strip() for cell in row):
            yield line, [_bare(cell) for cell in row] if delimiter == "\t" else row


def _broken(first: int, last: int, reason: str) -> str:
    """Say what was lost: a quotation mark that is not closed takes the lines behind it along."""
    lines = f"Line {first}" if first == last else f"Lines {first} to {last}"
    return f"{lines} cannot be taken apart into columns: {reason}."


def _bare(cell: str) -> str:
    """Return a cell without the quotation marks that spreadsheets put around it."""
    cell = cell.strip()
    quoted = len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
    return cell[1:-1].replace('""', '"') if quoted else cell
