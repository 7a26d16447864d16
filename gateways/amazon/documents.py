"""A text taken apart into JSON objects with their line numbers: one document, an array, or one document a line."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from gateways.amazon.fields import Fields
from gateways.amazon.found import Skipped

BETWEEN = re.compile(r"[\s,]*")
"""What may stand between two documents."""

NEXT_START = re.compile(r"\n(?=[^\s\]}])")
"""Where reading goes on behind a broken document: the next line that is not indented and closes nothing."""


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _exact(number: str) -> Decimal:
    """Return the number as it is written: amounts may be JSON numbers, and a float would change them."""
    try:
        return Decimal(number)
    except InvalidOperation:
        raise ValueError("a number has too many digits in its exponent") from None


_DECODER = json.JSONDecoder(parse_float=_exact, parse_constant=_no_such_number)


@dataclass
class _Cursor:
    """A place in the text. `line` is counted along, since counting anew for each document would be quadratic."""

    text: str
    place: int = 0
    line: int = 1
    arrays: int = 0

    def go_to(self, place: int) -> None:
        self.line += self.text.count("\n", self.place, place)
        self.place = place

    def give_up(self) -> None:
        """Go behind a broken document. What it swallowed may have been the end of the array it stood in."""
        found = NEXT_START.search(self.text, self.place)
        self.go_to(found.end() if found else len(self.text))
        self.arrays = 0

    def skip_between(self) -> None:
        """Go to the next document. The brackets of an array count as space, so its elements are documents."""
        while True:
            if between := BETWEEN.match(self.text, self.place):
                self.go_to(between.end())
            bracket = self.text[self.place : self.place + 1]
            if bracket not in ("[", "]") or not bracket:
                return
            self.arrays += 1 if bracket == "[" else -1
            self.go_to(self.place + 1)


def read_documents(text: str) -> Iterator[tuple[int, Fields | Skipped]]:
    """Yield each JSON object with the line it begins on, or what is no JSON object with the reason.

    A broken document costs itself only: reading goes on at the next line that begins one.
    """
    cursor = _Cursor(text.removeprefix("\ufeff"))
    cursor.skip_between()
    while cursor.place < len(cursor.text):
        line = cursor.line
        yield line, _one(cursor, line)
        cursor.skip_between()
    if cursor.arrays > 0:
        yield cursor.line, Skipped(cursor.line, "The array is not closed; the file may have been cut off.")


def _one(cursor: _Cursor, line: int) -> Fields | Skipped:
    """Read the document at the cursor and go behind it."""
    try:
        document, end = _DECODER.raw_decode(cursor.text, cursor.place)
    except json.JSONDecodeError as error:
        cursor.give_up()
        return Skipped(line, f"Not JSON: {error.msg} (line {error.lineno}, column {error.colno}).")
    except (ValueError, RecursionError) as error:
        cursor.give_up()
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        return Skipped(line, f"Not JSON that can be read: {reason}.")
    cursor.go_to(end)
    if not isinstance(document, dict):
        return Skipped(line, "Not a JSON object.")
    return Fields(document)
