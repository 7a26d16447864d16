"""What commands print on a terminal."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.builders import ORDER_ID, STORE_ID, an_item
from tests.workers.commands.conftest import Shell

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


NASTY = "CUP\x1b[31m\nMUG\tJAR"
"""A seller SKU that would colour a terminal and break a line."""


def test_what_steers_a_terminal_and_breaks_lines_is_left_out_of_an_explanation(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku=NASTY),))
    words = shell.ok("orders", "explain", ORDER_ID).out
    assert "  Listing CUP [31m MUG JAR, quantity 1\n" in words
    assert words.replace("\n", "").isprintable()


def test_what_steers_a_terminal_is_left_out_of_what_a_command_did(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku=NASTY),))
    shell.ok("products", "set", "CUP", "--quantity", "5")
    said = shell.ok("products", "match", STORE_ID, NASTY, "CUP").out
    assert said.startswith(f"Listing CUP [31m MUG JAR of store {STORE_ID} is product CUP.")
    assert said.count("\n") == 1


def test_what_steers_a_terminal_is_left_out_of_what_a_command_refuses(shell: Shell) -> None:
    answer = shell.run("dead-letters", "show", NASTY)
    assert (answer.code, answer.err) == (1, 'crossdock: There is no dead letter "CUP [31m MUG JAR".\n')


def test_json_holds_signs_that_steer_a_terminal_by_their_numbers_only(shell: Shell) -> None:
    name = "MUG\x9b31m\x1b[31m\x7f"
    shell.ok("stores", "add", STORE_ID, "--name", name)
    answer = shell.ok("stores", "show", STORE_ID, "--json")
    assert answer.json["name"] == name
    assert answer.out.replace("\n", "").isprintable()
