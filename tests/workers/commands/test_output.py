"""What commands print on a terminal."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
from workers.commands.output import print_table
print_table(("ORDER", "NOTE"), [("111-0000001-0000001", "A note that [b]has[/b] words enough for a line and more")])
"""


def _on_a_terminal(columns: int) -> str:
    """Print the table on a terminal so many columns wide; return what it shows."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1"}
    environment.pop("COLUMNS", None)
    try:
        subprocess.run([sys.executable, "-c", PROGRAM], env=environment, stdout=theirs, check=True, timeout=30)
        return os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(("columns", "heads"), [(120, 1), (40, 0)])
def test_a_table_keeps_ids_whole_on_a_terminal_wide_or_narrow(columns: int, heads: int) -> None:
    shown = _on_a_terminal(columns)
    assert shown.count("ORDER") == heads
    assert "111-0000001-0000001" in shown
    assert "[b]has[/b]" in shown
    assert max(map(len, shown.splitlines())) <= columns
