"""Folding of long lines at words, for terminals that are too narrow for them."""

import re
import textwrap

_BEGINNING = re.compile(r"( *)(\S+ {2,})?")
"""The beginning of a line: its indentation, and the name before a value."""

_COMMAND = re.compile(r"`[^`]+`|\bcrossdock .+$")
_GLUE = "\0"


def folded(text: str, width: int) -> str:
    """Return a line as lines of at most *width* characters; a command stays on one line, so that it can be copied."""
    if len(text) <= width:
        return text
    glued = _COMMAND.sub(lambda command: command[0].replace(" ", _GLUE), text)
    lines = textwrap.wrap(
        glued, width, subsequent_indent=_hanging(text), break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(_GLUE, " ")


def _hanging(text: str) -> str:
    """Return the indentation of further lines: below the value of a name, else two columns more than the line's own."""
    beginning = _BEGINNING.match(text)
    indentation, name = beginning.groups() if beginning else ("", None)
    if name:
        return " " * (len(indentation) + len(name))
    return indentation and f"{indentation}  "
