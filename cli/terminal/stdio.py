"""The ways in and out of a command: the words it is called with, and standard output."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

from cli.errors import InvalidArgumentError, OutputError


def check_words(words: Sequence[str]) -> None:
    """Raise InvalidArgumentError for a word that is not UTF-8, unless it names a file: those may have any name."""
    for word in words:
        if not (_is_text(word) or _names_file(word) or _names_file(word.partition("=")[2])):
            shown = os.fsencode(word).decode(errors="backslashreplace")
            raise InvalidArgumentError(f'The argument "{shown}" is not UTF-8; write it in UTF-8.')


def _names_file(word: str) -> bool:
    return os.path.exists(word)  # noqa: PTH110 - Path.exists raises for a name that is too long


def _is_text(word: str) -> bool:
    # Python keeps the bytes that it cannot read as surrogates, which nothing can write.
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def whole_answer() -> Iterator[None]:
    """See to it that all of the answer is written. Raises OutputError when it cannot be, SystemExit in a pipe."""
    # Whoever closed it before we began wants no answer.
    out = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - it is open as long as the process
    answer: Any = _Stdout(out)
    try:
        with redirect_stdout(answer):
            yield
    finally:
        _finish(out)


def _finish(out: TextIO) -> None:
    try:
        out.flush()
    except OSError as error:
        # What is left would fail once more when Python ends, and be told in Python's own words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        raise _lost(error) from None


class _Stdout:
    """Standard output; what cannot be written is told from all else that can fail."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)

    def write(self, text: str) -> int:
        """Write; raises what `whole_answer` does."""
        try:
            return self._out.write(text)
        except OSError as error:
            raise _lost(error) from None

    def flush(self) -> None:
        """Write what was held back; raises what `whole_answer` does."""
        try:
            self._out.flush()
        except OSError as error:
            raise _lost(error) from None


def _lost(error: OSError) -> OutputError | SystemExit:
    if isinstance(error, BrokenPipeError):
        return SystemExit(1)  # without a word: who reads has read enough, as `head` does
    return OutputError(
        f"Not all of the answer could be written to standard output ({error.strerror}); write it to another place, and"
        " look first if the command was to change something."
    )
