"""Our commands as a person types them: whatever a listing is called, the shell and the command take it as it is."""

import shlex


def command_line(words: str, *values: str, options: str = "") -> str:
    """Return the command of these words for a shell; *options* stand as they are given.

    Values that the shell would read are quoted; where one looks like an option, all stand behind `--`.
    """
    given = [*options.split()]
    if any(value.startswith("-") for value in values):
        given = [*given, "--", shlex.join(values)]
    else:
        given = [shlex.join(values), *given]
    return " ".join(("crossdock", words, *given))
