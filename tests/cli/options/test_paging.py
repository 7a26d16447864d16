"""Every list has --limit and --after, and a list that is cut says so."""

import pytest

from tests.builders import placed
from tests.cli.conftest import Shell

LISTS = (
    ("orders", "list"),
    ("dead-letters", "list"),
    ("dead-letters", "audit"),
    ("dead-letters", "replays", "list"),
    ("communication-errors", "list"),
    ("backfills", "list"),
    ("stores", "list"),
    ("stores", "cards"),
    ("products", "list"),
    ("products", "list", "--listings"),
    ("vault", "audit"),
)


@pytest.mark.parametrize("words", LISTS)
def test_every_list_takes_the_same_options(shell: Shell, words: tuple[str, ...]) -> None:
    for limit in ("--limit", "--page-size"):
        assert "is cut" not in shell.ok(*words, limit, "1", "--json").err
    wrong = shell.run(*words, "--after", "nonsense", "--json")
    assert (wrong.code, "start from the first page" in wrong.err) == (1, True)


def test_a_list_of_orders_that_is_cut_says_so_in_json_and_beside_it(shell: Shell) -> None:
    shell.publish(*(placed(amazon_order_id=f"123-1234567-{number:07}") for number in range(3)))
    first = shell.ok("orders", "list", "--json", "--limit", "2")
    assert (first.json["pages"], first.json["next_page"], len(first.json["orders"])) == (2, 2, 2)
    assert f"--after {first.json['next']} shows the next rows" in first.err
    last = shell.ok("orders", "list", "--json", "--limit", "2", "--page", "2")
    assert (last.json["next_page"], len(last.json["orders"]), last.err) == (None, 1, "")


def test_lists_go_on_after_the_page_before(shell: Shell) -> None:
    for number in range(3):
        shell.sell(1, amazon_order_id=f"123-1234567-{number:07}")
    first = shell.ok("dead-letters", "list", "--json", "--limit", "2")
    position = first.err.partition("--after ")[2].split()[0]
    second = shell.ok("dead-letters", "list", "--json", "--limit", "2", "--after", position)
    assert [len(page.json) for page in (first, second)] == [2, 1]
    assert len({letter["id"] for page in (first, second) for letter in page.json}) == 3
    assert ["is cut" in page.err for page in (first, second)] == [True, False]
    shell.ok("dead-letters", "discard", "--class", "blocked", "--reason", "test", "--yes")
    assert len(shell.ok("dead-letters", "audit", "--json", "--limit", "1").json) == 1
