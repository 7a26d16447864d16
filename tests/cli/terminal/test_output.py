"""Output of commands on a terminal."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.terminal.output import print_facts, say
from tests.builders import ORDER_ID, STORE_ID, an_item
from tests.cli.conftest import Shell
from tests.cli.terminals import at_terminal
from tests.harness import SOON
from tests.hostile_texts import STEERING, STEERS

ROOT = Path(__file__).parents[3]
TABLE = (("ORDER", "NOTE"), [("111-0000001-0000001", "A note with words enough for more than a line.")])
SENTENCE = "Your Amazon stores have orders that cannot be imported."


def test_a_terminal_is_as_wide_as_it_is() -> None:
    """The width is that of standard output itself, so that it takes a process of its own."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "NO_COLOR": "1"}
    environment.pop("COLUMNS", None)
    program = f"from cli.terminal.output import print_table, say\nprint_table(*{TABLE!r})\nsay({SENTENCE!r})"
    try:
        subprocess.run([sys.executable, "-c", program], env=environment, stdout=theirs, check=True, timeout=SOON)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert max(map(len, re.sub(r"\x1b\[\d*m", "", shown).splitlines())) == 40


def _shown(columns: int, show: Callable[[], None]) -> str:
    with at_terminal(columns) as terminal:
        show()
    return terminal.text


def test_a_line_goes_on_at_a_word_on_a_narrow_terminal_and_a_command_stays_whole() -> None:
    def show() -> None:
        say(SENTENCE)
        say("  Now: It is blocked; the next import creates it.")
        say("  Command  crossdock products match test-store CUP SKU")
        print_facts({"note": "Product CUP is not in the catalog of the shop"})

    assert _shown(40, show).splitlines() == [
        "Your Amazon stores have orders that",
        "cannot be imported.",
        "  Now: It is blocked; the next import",
        "    creates it.",
        "  Command",
        "           crossdock products match test-store CUP SKU",
        "note  Product CUP is not in the catalog",
        "      of the shop",
    ]


NASTY = "CUP\x1b[31m\nMUG\tJAR"
"""A seller SKU that would colour a terminal and break a line."""


def test_characters_that_steer_a_terminal_or_break_lines_are_escaped_in_an_explanation(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku=NASTY),))
    words = shell.ok("orders", "explain", ORDER_ID).out
    assert "  Listing CUP\\x1b[31m MUG JAR, quantity 1\n" in words
    assert words.replace("\n", "").isprintable()


def test_characters_that_steer_a_terminal_are_escaped_in_the_result_of_a_command(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku=NASTY),))
    shell.ok("products", "set", "CUP", "--quantity", "5")
    printed = shell.ok("products", "match", STORE_ID, NASTY, "CUP").out
    assert printed.startswith(f"Listing CUP\\x1b[31m MUG JAR of store {STORE_ID} is product CUP.")
    assert printed.count("\n") == 1


def test_characters_that_steer_a_terminal_are_escaped_in_a_refusal(shell: Shell) -> None:
    answer = shell.run("dead-letters", "show", NASTY)
    assert (answer.code, answer.err) == (1, 'crossdock: There is no dead letter "CUP\\x1b[31m MUG JAR".\n')


HOSTILE = "".join(STEERING.values()).replace("\0", "")  # no argument can hold NUL


def test_nothing_of_an_order_steers_a_terminal(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku=f"CUP{HOSTILE}", title=f"Mug{HOSTILE}"),))
    for words in (("orders", "show", ORDER_ID), ("orders", "explain", ORDER_ID), ("products", "list", "--listings")):
        for options in ((), ("--json",)):
            answer = shell.ok(*words, *options)
            assert not STEERS & set((answer.out + answer.err).replace("\t", "").replace("\n", ""))


@pytest.mark.parametrize(
    "words",
    [
        ("orders", "list", "--{}"),
        ("{}",),
        ("orders", "list", "--from", "{}"),
        ("publish", "{}"),
        ("stores", "show", "{}"),
        ("products", "set", "{}", "--asin", "{}{}{}{}"),
    ],
    ids=" ".join,
)
def test_no_refusal_repeats_what_steers_a_terminal(shell: Shell, words: tuple[str, ...]) -> None:
    answer = shell.run(*(word.format(*(f"a{HOSTILE}b",) * 4) for word in words))
    assert answer.code > 0
    assert not STEERS & set(answer.err.replace("\n", ""))


def test_a_refusal_shows_no_password_of_a_url(shell: Shell) -> None:
    for words in (("publish", "amqp://someone:sword@fish@host"), ("orders", "list", "--from", "amqp://a:fish@host")):
        answer = shell.run(*words)
        assert (answer.code, "amqp://" in answer.err, "fish" in answer.err) == (2, True, False)


def test_json_holds_signs_that_steer_a_terminal_by_their_numbers_only(shell: Shell) -> None:
    name = "MUG\x9b31m\x1b[31m\x7f"
    shell.ok("stores", "add", STORE_ID, "--name", name)
    answer = shell.ok("stores", "show", STORE_ID, "--json")
    assert answer.json["name"] == name
    assert answer.out.replace("\n", "").isprintable()


def test_text_has_words_and_seconds_where_json_has_booleans_and_fractions(shell: Shell) -> None:
    shell.sell()
    shell.ok("stores", "add", "other-store", "--integrated-at", "2026-01-05T09:30:00.123456Z")
    order = shell.ok("orders", "show", ORDER_ID).out
    store = shell.ok("stores", "show", "other-store").out
    assert re.search(r"^is_prime +no$", order, re.MULTILINE)
    assert "import_orders         yes\n" in store
    assert "integrated_at         2026-01-05T09:30:00Z\n" in store
    assert re.search(r":\d\d\.\d+Z", order + store) is None
    assert ".123456Z" in shell.ok("stores", "show", "other-store", "--json").out


def test_a_replay_names_its_selection_in_words(shell: Shell) -> None:
    shell.sell_many(1, 1)
    shell.restock_unannounced("SKU-1")
    with shell.working():
        shell.ok("dead-letters", "replay", "--class", "blocked", "--key", "SKU-1", "--yes")
    (replay,) = shell.ok("dead-letters", "replays", "list", "--json").json
    shown = shell.ok("dead-letters", "replays", "show", replay["replay_id"]).out
    assert re.search(r"^selection +key=SKU-1, letter_type=blocked$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        ("dead-letters", "list", "--limit", "10001"),
        ("dead-letters", "audit", "--limit", "10001"),
        ("dead-letters", "replays", "list", "--limit", "10001"),
        ("dead-letters", "replays", "show", "some", "--limit", "10001"),
        ("orders", "list", "--page", "99999999999999999999"),
    ],
    ids=" ".join,
)
def test_a_list_that_nobody_could_hold_is_wrong_usage(shell: Shell, words: tuple[str, ...]) -> None:
    answer = shell.run(*words)
    assert (answer.code, "less than or equal to" in answer.err) == (2, True), answer


def test_the_longest_list_is_printed(shell: Shell) -> None:
    assert shell.ok("dead-letters", "list", "--limit", "10000", "--json").json == []
