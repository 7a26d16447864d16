"""Splits a report's bytes into rows with their line numbers."""

import codecs
import csv
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import structlog

from gateways.amazon.reports.known_reports import FETCH_INSTEAD
from gateways.errors import UnreadableInputError
from schemas.input_limits import LINE_BYTES, LINES, REPORT_BYTES, InputLimitError, RowLines
from schemas.packed_data import packing_of

log = structlog.get_logger(__name__)

DELIMITERS = "\t,;"
GZIP = b"\x1f\x8b"
GZIP_MEMBERS = 100
"""Compressed parts of a file, at most: Amazon writes one, and each costs a copy of the rest."""

BINARIES = {
    b"PK\x03\x04": "an Excel workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF document",
}
"""Files that people have beside Amazon's reports, by their first bytes."""
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """Lines that cannot be split into cells: their text, and the reason in a sentence."""

    text: str
    reason: str


class ReportText:
    """The lines of a report. Rows are split on demand: kept in memory they take ten times as much."""

    def __init__(self, data: bytes, encoding: str | None = None) -> None:
        """Decode the report's bytes; its header determines the delimiter.

        They may be compressed with gzip. Without *encoding* they are UTF-16 with a byte order mark, UTF-8, or else
        Windows' code page 1252, with a warning. Raises UnreadableInputError when they are in another encoding, and
        for a file that is no table, with what it is; InputLimitError when it is too large.
        """
        unpacked = _unpacked(data)
        _refuse_binary(unpacked)
        self._lines = _decoded(unpacked, encoding)
        header = next((line for line in self._lines if line.strip()), "")
        _refuse_markup(header.strip())
        self._delimiter = max(DELIMITERS, key=header.count)

    def rows(self, first: int = 1) -> Iterator[tuple[int, list[str] | MalformedRow]]:
        """Yield each row from line *first* on that is not blank, with the line it begins on."""
        tabs = self._delimiter == "\t"
        # Amazon's tab-separated reports quote nothing: a title may begin with a quotation mark and never close it.
        quoting: Literal[0, 3] = csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL
        lines = RowLines(map(self._lines.__getitem__, range(first - 1, len(self._lines))))
        reader = csv.reader(lines, delimiter=self._delimiter, quoting=quoting, strict=True)
        while True:
            line = first + lines.count
            lines.begin_row()
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, self._torn(line, first + lines.count - 1, str(error))
                continue
            except InputLimitError:
                yield line, self._torn(line, first + lines.count - 1, f"more than {LINE_BYTES:,} characters")
                continue
            if any(cell.strip() for cell in row):
                yield line, [_unquoted(cell) for cell in row] if tabs else row

    def _torn(self, first: int, last: int, reason: str) -> MalformedRow:
        """Return the lines that were lost: an unclosed quotation mark includes all lines after it."""
        lines = f"Line {first}" if first == last else f"Lines {first} to {last}"
        text = "".join(self._lines[first - 1 : last])
        return MalformedRow(text, f"{lines} cannot be taken apart into columns: {reason}.")


def _unpacked(data: bytes) -> bytes:
    """Return a report's bytes uncompressed (getReportDocument may return them with compressionAlgorithm GZIP)."""
    if not data.startswith(GZIP):
        return data
    try:
        unpacked = b"".join(_members(data))
    except (EOFError, zlib.error):
        raise UnreadableInputError("The report is compressed and broken: it may have been cut off.") from None
    if packing := packing_of(unpacked):
        raise UnreadableInputError(f"The report is compressed with gzip, and within that {packing}; unpack it first.")
    return unpacked


def _members(data: bytes) -> Iterator[bytes]:
    """Yield the uncompressed parts of a file of gzip: files that are joined are one file again."""
    rest, room = data, REPORT_BYTES
    for _ in range(GZIP_MEMBERS):
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        part = member.decompress(rest, room + 1)
        room -= len(part)
        if room < 0:
            raise InputLimitError(
                f"The report has more than {REPORT_BYTES:,} bytes unpacked, the limit; fetch it for fewer days at a"
                " time."
            )
        if not member.eof:
            raise EOFError
        yield part
        rest = member.unused_data.lstrip(b"\0")
        if not rest:
            return
    raise InputLimitError(f"The report is compressed in more than {GZIP_MEMBERS} parts, the limit; unpack it first.")


def _refuse_binary(data: bytes) -> None:
    """Raise UnreadableInputError for a workbook or a document."""
    kind = next((kind for start, kind in BINARIES.items() if data.startswith(start)), None)
    if kind:
        raise UnreadableInputError(f"The file is {kind}: save the table as CSV, or {FETCH_INSTEAD}.")


def _refuse_markup(first_line: str) -> None:
    """Raise UnreadableInputError for XML, such as GET_ORDER_REPORT_DATA_* and GET_XML_ALL_ORDERS_DATA_*, and JSON."""
    start = first_line.lstrip("\ufeff \t")
    if start.startswith("<"):
        kind = "an HTML page" if start[:14].casefold().startswith(("<!doctype html", "<html")) else "an XML report"
        raise UnreadableInputError(f"The file is {kind}, not a table: {FETCH_INSTEAD}.")
    if start.startswith(("{", "[")):
        raise UnreadableInputError("The file is JSON, not a report: publish Amazon's orders with --from amazon-order.")


def _decoded(data: bytes, encoding: str | None) -> list[str]:
    """Return a report's lines, decoded strictly: with bytes ignored, two SKUs could become one."""
    guesses = ("utf-16",) if data.startswith(UTF_16) else ("utf-8-sig", "cp1252")
    for name in (encoding,) if encoding else guesses:
        try:
            lines = list(islice(io.TextIOWrapper(io.BytesIO(data), name, newline=""), LINES + 1))
        except UnicodeError:
            continue
        if len(lines) > LINES:
            raise InputLimitError(
                f"The report has more than {LINES:,} lines, the limit; fetch it for fewer days at a time."
            )
        if name == "cp1252" and not encoding:
            log.warning("report encoding guessed", encoding=name)
        return lines
    tried = encoding or "UTF-8 or cp1252"
    raise UnreadableInputError(f"The report is not in {tried}: say which encoding it is in, such as --encoding cp932.")


def _unquoted(cell: str) -> str:
    """Return a cell without the quotation marks that spreadsheets add."""
    cell = cell.strip()
    quoted = len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
    return cell[1:-1].replace('""', '"') if quoted else cell
