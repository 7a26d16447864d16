"""A terminal for commands that run in this process: a person's input, and the whole output."""

import os
import re
import sys
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest


class Terminal:
    """The screen of a terminal; complete when its block has ended."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bytes = bytearray()

    @property
    def shown(self) -> str:
        """All that was shown, with styles."""
        return self._bytes.decode()

    @property
    def text(self) -> str:
        """All that was shown, without styles."""
        return re.sub(r"\x1b\[[\d;]*m", "", self.shown)

    def show(self, master: int) -> None:
        """Read the terminal's output until its last writer has closed it."""
        with suppress(OSError):
            while written := os.read(master, 65536):
                self._bytes += written


@contextmanager
def at_terminal(columns: int, typed: str = "") -> Iterator[Terminal]:
    """Give this process a terminal for its standard streams, so many columns wide."""
    master, slave = os.openpty()
    tty.setraw(slave)  # it neither echoes input nor adds carriage returns
    os.write(master, typed.encode())
    terminal = Terminal()
    reader = Thread(target=terminal.show, args=(master,))
    reader.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, mode in {"stdin": "r", "stdout": "w", "stderr": "w"}.items():
                patch.setattr(sys, name, os.fdopen(os.dup(slave), mode, encoding="utf-8"))
            patch.setenv("COLUMNS", str(columns))
            patch.setenv("TERM", "xterm")
            patch.delenv("NO_COLOR", raising=False)
            try:
                yield terminal
            finally:
                for stream in (sys.stdin, sys.stdout, sys.stderr):
                    stream.close()
    finally:
        os.close(slave)
        reader.join()
        os.close(master)
