"""Every list has --limit and --page, and a list that is cut says so."""

import pytest

from tests.builders import placed
from tests.cli.conftest import Shell

LISTS = (
    ("orders", "list"),
    ("dead-letters", "list"),
    ("dead-letters", "audit"),
    ("dead-letters", "replays", "list"),
)


@pytest.mark.parametrize("words", LISTS)
@pytest.mark.parametrize("limit", ["--limit", "--page-size"])
def test_every_list_takes_the_same_options(shell: Shell, words: tuple[str, ...], limit: str) -> None:
    assert "is cut" not in shell.ok(*words, limit, "1", "--page", "1", "--json").err
    assert shell.run(*words, limit, "1", "--page", "2", "--json").code in (0, 1)


def test_a_list_of_orders_that_is_cut_says_so_in_json_and_beside_it(shell: Shell) -> None:
    shell.publish(*(placed(amazon_order_id=f"123-1234567-{number:07}") for number in range(3)))
    first = shell.ok("orders", "list", "--json", "--limit", "2")
    assert (first.json["pages"], first.json["next_page"], len(first.json["orders"])) == (2, 2, 2)
    assert "--page 2 shows the next rows" in first.err
    last = shell.ok("orders", "list", "--json", "--limit", "2", "--page", "2")
    assert (last.json["next_page"], len(last.json["orders"]), last.err) == (None, 1, "")


def test_dead_letters_and_the_audit_log_have_pages(shell: Shell) -> None:
    for number in range(3):
        shell.sell(1, amazon_order_id=f"123-1234567-{number:07}")
    pages = [shell.ok("dead-letters", "list", "--json", "--limit", "2", "--page", page) for page in ("1", "2")]
    assert [len(page.json) for page in pages] == [2, 1]
    assert len({letter["id"] for page in pages for letter in page.json}) == 3
    assert ["is cut" in page.err for page in pages] == [True, False]
    assert shell.run("dead-letters", "list", "--limit", "2", "--page", "3").code == 1
    shell.ok("dead-letters", "discard", "--class", "blocked", "--reason", "test", "--yes")
    assert len(shell.ok("dead-letters", "audit", "--json", "--limit", "1").json) == 1
