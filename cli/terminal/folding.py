"""Folding: lines that are longer than the terminal is wide go on in the next one at a word, not in the midst of it."""

import re
import textwrap

_BEGINNING = re.compile(r"( *)(\S+ {2,})?")
"""What a line begins with: its indentation, and the name that stands before a value."""

_COMMAND = re.compile(r"`[^`]+`|\bcrossdock .+$")
_GLUE = "\0"


def folded(text: str, width: int) -> str:
    """Return a line as lines that fit; a command stays on one line, for it is there to be copied."""
    if len(text) <= width:
        return text
    glued = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
    lines = textwrap.wrap(
        glued, width, subsequent_indent=_hanging(text), break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(_GLUE, " ")


def _hanging(text: str) -> str:
    """Return the indentation of what goes on: beneath the value of a name, else a little further in than the line."""
    found = _BEGINNING.match(text)
    indentation, name = found.groups() if found else ("", None)
    if name:
        return " " * (len(indentation) + len(name))
    return indentation and f"{indentation}  "
