"""Standard streams: arguments that are not UTF-8, and an answer that cannot be written."""

import codecs
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from cli.errors import InvalidArgumentError, OutputError
from schemas.visible_text import json_escapes

_ESCAPES = "crossdock.escapes"
"""Name of the way to write characters that a stream's encoding does not have: as JSON escapes, which JSON stays by."""


def prepare_streams() -> None:
    """Open standard streams that the caller has closed, and have characters outside of a terminal's encoding escaped.

    Standard output that is closed is left to `whole_answer`.
    """
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115 - open as long as the process
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - as above
    codecs.register_error(_ESCAPES, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_ESCAPES)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json_escapes(error.object[error.start : error.end]), error.end


def utf_8_words(words: Sequence[str]) -> list[str]:
    """Return arguments as UTF-8, whichever encoding the caller's locale has: in the locale C Python takes ASCII."""
    return [_utf_8(word) for word in words]


def _utf_8(word: str) -> str:
    try:
        return os.fsencode(word).decode()
    except UnicodeError:
        return word


def check_words(words: Sequence[str]) -> None:
    """Raise InvalidArgumentError for an argument that is not UTF-8, unless it names a file: those may have any name."""
    for word in words:
        if not (_is_text(word) or _names_file(word) or _names_file(word.partition("=")[2])):
            shown = os.fsencode(word).decode(errors="backslashreplace")
            raise InvalidArgumentError(f'The argument "{shown}" is not UTF-8; write it in UTF-8.')


def _names_file(word: str) -> bool:
    return os.path.exists(word)  # noqa: PTH110 - Path.exists raises for a name that is too long


def _is_text(word: str) -> bool:
    # Python decodes invalid bytes to surrogates, which cannot be encoded.
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def whole_answer() -> Iterator[None]:
    """Write the whole answer, or raise OutputError, in a closed pipe SystemExit."""
    # It is None where the caller has closed it.
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
        # Python flushes it again at exit, and would print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        raise _lost(error) from None


class _Stdout:
    """Standard output that raises OutputError: an OSError of a command's own must not be taken for it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)

    def write(self, text: str) -> int:
        """Write; raises as `whole_answer` does."""
        try:
            return self._out.write(text)
        except OSError as error:
            raise _lost(error) from None

    def writelines(self, lines: Iterable[str]) -> None:
        """Write lines; raises as `whole_answer` does."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write buffered text; raises as `whole_answer` does."""
        try:
            self._out.flush()
        except OSError as error:
            raise _lost(error) from None


def _lost(error: OSError) -> OutputError | SystemExit:
    if isinstance(error, BrokenPipeError):
        return SystemExit(1)  # without a message: the reader, such as `head`, wants no more
    return OutputError(
        f"Not all of the answer could be written to standard output ({error.strerror}); write it to another place, and"
        " look first if the command was to change something."
    )
