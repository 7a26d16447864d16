"""Tables on a terminal: columns beside each other, or on a narrow one below each other, and no cell cut."""

import pytest

from cli.terminal.output import print_table
from tests.cli.terminals import at_terminal


def shown(columns: int, head: tuple[str, ...], *rows: tuple[object, ...]) -> str:
    """Return a table as a terminal so many columns wide shows it."""
    with at_terminal(columns) as terminal:
        print_table(head, rows)
    return terminal.text


@pytest.mark.parametrize("columns", [120, 40])
def test_a_table_keeps_heads_and_ids_whole_on_a_terminal_wide_or_narrow(columns: int) -> None:
    note = "A note that [b]has[/b] words enough for a line and more"
    text = shown(columns, ("ORDER", "NOTE"), ("111-0000001-0000001", note))
    assert text.count("ORDER") == text.count("NOTE") == 1
    assert "111-0000001-0000001" in text
    assert "[b]has[/b]" in text
    assert max(map(len, text.splitlines())) <= columns


def test_cells_that_do_not_fit_stand_below_and_none_is_cut() -> None:
    row = ("111-0000001-0000001", "test-store", "PartiallyShipped", "Sent.")
    assert shown(40, ("ORDER", "STORE", "STATUS", "NOTE"), row).splitlines() == [
        "ORDER                STORE",
        "    STATUS",
        "    NOTE                                ",
        "111-0000001-0000001  test-store",
        "    PartiallyShipped",
        "    Sent.                               ",
    ]


def test_cells_have_words_for_what_is_missing_or_a_boolean() -> None:
    text = shown(80, ("SKU", "STOCK", "ENABLED"), ("CUP", None, True), ("MUG", 0, False))
    assert [line.split() for line in text.splitlines() if "CUP" in line or "MUG" in line] == [
        ["CUP", "-", "yes"],
        ["MUG", "0", "no"],
    ]
