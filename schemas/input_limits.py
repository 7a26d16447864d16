"""Limits of input from files and streams, in one place; each reader of a file stays within them.

A file may come from anybody: it may be endless, compressed a thousandfold, nested without end, or one line. In each
case reading takes time linear in its size and less than 1 GB of memory.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, TextIO

from schemas.errors import PermanentError

MIB = 1024 * 1024

LINE_BYTES = MIB
"""Of a line, and of a row of CSV with line breaks in its cells. Also the limit of a message."""

SKIPPED_BYTES = 64 * MIB
"""Of a line beyond the limit that is skipped up to its end; more is no file of lines."""

DOCUMENT_BYTES = 64 * MIB
"""Of a file of JSON that is read as a whole: some 13,000 orders of the Orders API."""

REPORT_BYTES = 128 * MIB
"""Of a report, unpacked: some 300,000 rows."""

LINES = 1_000_000
"""Of a report."""

COLUMNS = 1_000
"""Of a table. Amazon's widest report has 80."""

VALUES = 5_000_000
"""In a file of JSON: each takes some 80 bytes of memory."""

DOCUMENTS = 200_000
"""In a file of JSON."""

NESTING = 32
"""Levels of objects and arrays in a file of JSON. Amazon's deepest document has ten."""

REFUSALS = 10_000
"""Refused lines that are kept with their reasons; more are counted."""

ADDRESS_BYTES = 64 * 1024
"""Of a file with an address: at most ten fields of 2,000 characters."""

SECRET_BYTES = MIB
"""Of a file with a key, a password or certificates; a system's bundle of those has a quarter of it."""

DIFFED_LINES = 2_000
"""Of texts that are compared line by line, which takes time quadratic in them."""


class InputLimitError(PermanentError):
    """A file or stream goes beyond a limit of its reader. The sentence names the limit and the remedy."""


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in chunks: its lines may be endless."""
    return iter(partial(file.read, MIB), b"")


def read_whole(chunks: Iterable[bytes], limit: int, advice: str) -> bytes:
    """Return a file as a whole. Raises InputLimitError beyond *limit* bytes, with the *advice*."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > limit:
            raise InputLimitError(f"The file has more than {limit:,} bytes, the limit; {advice}.")
    return bytes(data)


def read_secret(path: Path) -> bytes:
    """Return a small regular file. Raises OSError, and InputLimitError for one that is endless or too large."""
    if not S_ISREG(path.stat().st_mode):
        raise InputLimitError(f"{path} is no regular file.")
    with path.open("rb") as file:
        data = file.read(SECRET_BYTES + 1)
    if len(data) > SECRET_BYTES:
        raise InputLimitError(f"{path} has more than {SECRET_BYTES:,} bytes, the limit of a file with a secret.")
    return data


def lines_of(file: TextIO) -> Iterator[str]:
    """Yield the lines of a text file; one beyond the limit is cut, so that RowLines refuses it."""
    return iter(partial(file.readline, LINE_BYTES + 1), "")


class RowLines:
    """Lines for a reader that joins them to rows, as csv does while a quotation mark is open: a row has a limit.

    `count` is the number of lines read. Raises InputLimitError beyond the limit, and goes on when it is asked again.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        """Take the lines."""
        self.count = 0
        self._lines = lines
        self._size = 0

    def begin_row(self) -> None:
        """Begin to count the next row."""
        self._size = 0

    def __iter__(self) -> "RowLines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self._size += len(line)
        if self._size > LINE_BYTES:
            raise InputLimitError(
                f"The row that reaches line {self.count} has more than {LINE_BYTES:,} characters, the limit; look for a"
                " quotation mark that is never closed."
            )
        return line
