"""A text split into JSON objects with their line numbers: one document, an array, or one document a line."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from gateways.amazon.broken_json import STRUCTURE, Extent, extent_of_broken
from gateways.amazon.fields import Fields
from gateways.amazon.results import SkippedLine
from schemas.input_limits import DOCUMENTS, NESTING, VALUES, InputLimitError

SEPARATORS = re.compile(r"[\s,]*")
"""The characters between two documents."""

NEXT_START = re.compile(r"\n(?=[{\[])")
"""The resumption of parsing after a broken document of unknown end: the next line that begins with a bracket. All
lines until then are one document: XML, or JSON that was cut off, would else be reported line by line."""

_AFTER_ELEMENT = re.compile(r"[ \t\r]*(?:[,\]\n]|$)")
"""The text that may follow an element of an array, or a document that has the rest of its line."""

FIRST_CHUNK = 4096
"""Characters that are decoded first; most documents are shorter."""

MAX_TOKEN_LENGTH = 16
"""Characters of the longest token that the end of a chunk can cut, such as `\\ud83d\\ude00` and `-Infinity`."""


LEVELS_AT_ONCE = 500
"""Levels that are skipped of a document too deep for the decoder, which gives up after a thousand or more: to try again
after each level would take a thousand times as long."""

TOO_DEEP = f"Nested more than {NESTING} levels deep, the limit; no document of Amazon's is."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _decimal(number: str) -> Decimal:
    """Return the exact number: amounts may be JSON numbers, and a float would change them."""
    try:
        return Decimal(number)
    except InvalidOperation:
        raise ValueError("a number has too many digits in its exponent") from None


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_refuse_constant)


@dataclass
class _Cursor:
    """A position in the text. `line` is counted incrementally: counting from the start each time would be quadratic."""

    text: str
    position: int = 0
    line: int = 1
    arrays: int = 0

    @property
    def column(self) -> int:
        """The column of the position, counted from 1."""
        return self.position - self.text.rfind("\n", 0, self.position)

    def go_to(self, position: int) -> None:
        self.line += self.text.count("\n", self.position, position)
        self.position = position

    def skip_deep(self, failed_at: int | None) -> bool:
        """Skip a document that is nested too deep where the decoder failed, None for one that is too deep for it.

        Returns whether it was; the next line after that place that begins a document is the next one.
        """
        depth, place = 0, self.position
        for match in STRUCTURE.finditer(self.text, self.position, failed_at or len(self.text)):
            place = match.end()
            depth += (match[0] in ("{", "[")) - (match[0] in ("}", "]"))
            if failed_at is None and depth == LEVELS_AT_ONCE:
                break
        if depth <= NESTING:
            return False
        self._go_to_next_start(failed_at or place)
        return True

    def skip_broken(self) -> None:
        """Skip a broken document, as a whole where its brackets show its end, else to the next start of one.

        Without its end it may have contained the end of its array, so the depth of arrays is reset.
        """
        is_object = self.text[self.position : self.position + 1] == "{"
        extent = extent_of_broken(self.text, self.position) if is_object else Extent(self.position)
        if extent.end is None:
            self.go_to(extent.next_start or len(self.text))
            self.arrays = 0
        elif is_object and _AFTER_ELEMENT.match(self.text, extent.end):
            self.go_to(extent.end)
        else:
            self._go_to_next_start(extent.end)

    def _go_to_next_start(self, position: int) -> None:
        match = NEXT_START.search(self.text, position)
        self.go_to(match.end() if match else len(self.text))
        self.arrays = 0

    def skip_between(self) -> None:
        """Go to the next document. Brackets of arrays count as separators, so their elements are documents."""
        while True:
            if between := SEPARATORS.match(self.text, self.position):
                self.go_to(between.end())
            bracket = self.text[self.position : self.position + 1]
            if bracket not in ("[", "]") or not bracket:
                return
            self.arrays += 1 if bracket == "[" else -1
            self.go_to(self.position + 1)


def read_documents(text: str) -> Iterator[tuple[int, Fields | SkippedLine]]:
    """Yield each JSON object with the line it begins on, and a SkippedLine for everything that is no JSON object.

    A broken document costs no other: parsing resumes at the next line that begins a document, or after an element of
    an array that is no object. Raises InputLimitError for a text of too many values or documents.
    """
    if sum(map(text.count, ",{[")) > VALUES:
        raise InputLimitError(f"The file has more than {VALUES:,} values, the limit; write it into several files.")
    cursor = _Cursor(text.removeprefix("\ufeff"))
    cursor.skip_between()
    documents = 0
    while cursor.position < len(cursor.text):
        line = cursor.line
        yield line, _read_document(cursor, line)
        cursor.skip_between()
        documents += 1
        if documents == DOCUMENTS and cursor.position < len(cursor.text):
            raise InputLimitError(
                f"The file has more than {DOCUMENTS:,} documents, the limit; write it into several files."
            )
    if cursor.arrays > 0:
        yield cursor.line, SkippedLine(cursor.line, "The array is not closed; the file may have been cut off.")


def _read_document(cursor: _Cursor, line: int) -> Fields | SkippedLine:
    """Parse the document at the cursor and move the cursor after it."""
    try:
        document, end = _decoded(cursor.text, cursor.position)
    except json.JSONDecodeError as error:
        if cursor.skip_deep(cursor.position + error.pos):
            return SkippedLine(line, TOO_DEEP)
        column = error.colno + (cursor.column - 1 if error.lineno == 1 else 0)
        cursor.skip_broken()
        return SkippedLine(line, f"Not JSON: {error.msg} (line {line + error.lineno - 1}, column {column}).")
    except RecursionError:
        if not cursor.skip_deep(None):
            cursor.skip_broken()
        return SkippedLine(line, TOO_DEEP)
    except ValueError as error:
        cursor.skip_broken()
        return SkippedLine(line, f"Not JSON that can be read: {error}.")
    cursor.go_to(end)
    if isinstance(document, dict):
        return Fields(document)
    if cursor.arrays <= 0:
        # Otherwise every word of a line that is no JSON would be reported.
        cursor.skip_broken()
    return SkippedLine(line, "Not a JSON object.")


def _decoded(text: str, position: int) -> tuple[object, int]:
    """Return the document at this position and where it ends. An error's position is relative to the document.

    The decoder gets chunks that grow while the document may continue: an error counts the lines of the whole chunk, so
    a file of broken documents would otherwise take time quadratic in its length.
    """
    size = FIRST_CHUNK
    while True:
        chunk = text[position : position + size]
        try:
            document, end = _DECODER.raw_decode(chunk)
        except json.JSONDecodeError as error:
            torn = error.msg.startswith("Unterminated string") or error.pos > len(chunk) - MAX_TOKEN_LENGTH
            if not torn or position + size >= len(text):
                raise
        else:
            return document, position + end
        size *= 4
