"""Our commands as a person types them: whatever a listing is called, the shell and the command take it as it is."""

import shlex
from collections.abc import Sequence


def command_line(words: str, *values: str, options: Sequence[str] = ()) -> str:
    """Return the command of these words for a shell.

    What the shell would read is quoted; where a value looks like an option, all values stand behind `--`.
    """
    given = [*options, "--", *values] if any(value.startswith("-") for value in values) else [*values, *options]
    return f"crossdock {words} {shlex.join(given)}"
