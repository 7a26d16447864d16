"""Commands on a terminal: they show their effect, and ask for confirmation."""

import re

from tests.builders import an_item
from tests.cli.conftest import Shell


def states(shell: Shell) -> list[str]:
    """Return the states of all letters."""
    return [letter["state"] for letter in shell.ok("dead-letters", "list", "--state", "all", "--json").json]


def test_a_replay_shows_its_plan_and_does_nothing_without_a_yes(shell: Shell) -> None:
    shell.sell_many(3, 1)
    code, shown = shell.at_terminal("dead-letters", "replay", typed="n\n")
    assert code == 1
    assert "3 dead letters would be replayed: 0 may succeed, 3 would block again." in shown
    assert "Replay 3 letters? [y/N]" in shown
    assert "Nothing was changed." in shown
    assert states(shell) == ["open"] * 3
    assert shell.ok("dead-letters", "replays", "list", "--json").json == []


def test_a_yes_and_a_reason_start_it(shell: Shell) -> None:
    shell.sell_many(1, 1)
    shell.restock_unannounced("SKU-1")
    with shell.working():
        code, shown = shell.at_terminal("dead-letters", "replay", typed="y\nthe cup is there\n")
    assert (code, "1 succeeded" in shown) == (0, True)
    (act,) = shell.ok("dead-letters", "audit", "--json").json
    assert act["why"] == "the cup is there"


def test_the_list_groups_letters_by_what_they_have_in_common(shell: Shell) -> None:
    shell.sell_many(2, 1)
    shell.sell_many(1, 2, first=100)
    code, shown = shell.at_terminal("dead-letters", "list")
    assert code == 0
    assert "blocked: product_missing SKU-1, store test-store (2)" in shown
    assert "blocked: product_missing SKU-2, store test-store (1)" in shown
    assert "3 open dead letters." in shown


def test_the_heading_of_a_group_steers_no_terminal_and_the_table_keeps_its_style(shell: Shell) -> None:
    shell.sell(items=(an_item(seller_sku="CUP\x1b[31m\nMUG\tJAR"),))
    code, shown = shell.at_terminal("dead-letters", "list")
    assert code == 0
    assert r"blocked: product_missing CUP\x1b[31m MUG JAR, store test-store (1)" in shown
    assert "\x1b[31m" not in shown
    assert "\x1b[1m" in shown


def test_the_demo_keeps_ids_and_commands_whole_on_a_terminal_of_80_columns(shell: Shell) -> None:
    code, shown = shell.at_terminal("demo", columns=80)
    assert code == 0
    assert re.search(r"999-\d{7}-\d{7}  crossdock products set DEMO-SOLD-OUT-KITE --quantity N\n", shown)
    assert "    Cannot create sales order: Product" in shown


def test_the_demo_counts_one_order_as_one(shell: Shell) -> None:
    assert shell.ok("demo", "--orders", "1").out.splitlines()[-1].startswith("1 order: 1 recorded, ")


def test_a_terminal_shows_in_colour_what_is_not_to_be_missed_and_a_pipe_does_not(shell: Shell) -> None:
    shell.sell(1)
    _, shown = shell.at_terminal("orders", "list")
    assert "\x1b[33m\x1b[1mYour Amazon store(s) has orders that cannot be imported into Commerce." in shown
    assert "\x1b[1;31mError" in shown
    piped = shell.ok("orders", "list")
    assert "\x1b" not in piped.out + piped.err
