"""The extent of a broken JSON object: where its brackets end it, else where the next document begins, if one does.

Lines that begin an object or an array separate documents, and lines inside of a document may begin so, too, where it
is written without indentation. Such a line is part of the document where JSON allows a value: after a colon, and in an
array. It is a document all the same where it is whole on its line and others follow, as in a file of a document a line.
"""

import json
import re
from typing import NamedTuple

STRUCTURE = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?|[\[\]{}]|\n(?=[{\[])')
"""Parts of a broken document that count: texts, which end on their line, brackets, and lines that begin with one."""

_OPENING = {"}": "{", "]": "["}
_DECODER = json.JSONDecoder()


class Extent(NamedTuple):
    """The end of a broken document; else the beginning of the next, None if the text ends in the broken one."""

    end: int | None
    next_start: int | None = None


def extent_of_broken(text: str, start: int) -> Extent:
    """Return the extent of the broken object that begins at *start*, in time linear in its length."""
    open_brackets: list[str] = []
    first_line_end = text.find("\n", start)
    for match in STRUCTURE.finditer(text, start):
        sign = match[0]
        if sign == "\n":
            if _begins_document(text, match.start(), open_brackets[-1], is_second=match.start() == first_line_end):
                return Extent(None, match.end())
        elif sign in ("{", "["):
            open_brackets.append(sign)
        elif sign in _OPENING and _OPENING[sign] in open_brackets:
            while open_brackets.pop() != _OPENING[sign]:
                pass
            if not open_brackets:
                return Extent(match.end())
    return Extent(None)


def _begins_document(text: str, line_end: int, innermost: str, *, is_second: bool) -> bool:
    """Whether the line after *line_end* begins another document; *is_second*: it is the second line of the broken one.

    *innermost* is the bracket that is open where the line begins.
    """
    before = text[max(0, line_end - 100) : line_end].rstrip()[-1:]
    if before not in (("[", ",") if innermost == "[" else (":",)):
        return True
    after = _after_whole_line(text, line_end + 1)
    if after is None:
        return False
    return after in ("{", "[") or (is_second and (after == "" or (after == "," and before == ",")))


def _after_whole_line(text: str, start: int) -> str | None:
    """Return the character after the JSON value that the line at *start* is, None if it is not one as a whole."""
    line_end = text.find("\n", start)
    line = text[start : line_end if line_end >= 0 else len(text)]
    try:
        _, end = _DECODER.raw_decode(line)
    except (ValueError, RecursionError):
        return None
    rest = line[end:].strip()
    return rest[:1] or (re.match(r"\s*(.?)", text[start + len(line) :][:1000]) or [""])[0].strip()
