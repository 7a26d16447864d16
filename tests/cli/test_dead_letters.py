"""crossdock dead-letters: lists of letters, and one letter with its reason."""

import pytest

from tests.builders import ORDER_ID, STORE_ID, changed, placed, shipped
from tests.cli.conftest import Shell

OTHER = "123-1234567-0000001"


@pytest.fixture
def shell_with_letters(shell: Shell) -> Shell:
    """One order blocked by a product, and one parcel of it that names an item the order does not have."""
    shell.sell(1)
    shell.publish(shipped(items=[{"order_item_id": "stranger", "quantity": 1}]))
    return shell


def test_letters_are_listed_with_the_documented_keys(shell_with_letters: Shell) -> None:
    letters = shell_with_letters.ok("dead-letters", "list", "--class", "blocked", "--json").json
    (letter,) = letters
    assert list(letter)[:10] == [
        "id",
        "class",
        "consumer",
        "event",
        "amazon_order_id",
        "causes",
        "attempts",
        "first_at",
        "last_at",
        "state",
    ]
    assert (letter["class"], letter["consumer"], letter["event"]) == ("blocked", "importer", "import.requested")
    assert letter["causes"] == [{"kind": "product_missing", "key": "SKU-1"}]
    assert (letter["amazon_order_id"], letter["attempts"], letter["state"]) == (ORDER_ID, 1, "open")
    assert letter["first_at"].endswith("Z")


@pytest.mark.parametrize(
    ("options", "classes"),
    [
        ((), ["failed", "blocked"]),
        (("--limit", "1"), ["failed"]),
        (("--class", "failed"), ["failed"]),
        (("--state", "resolved"), []),
        (("--kind", "product_missing", "--key", "SKU-1"), ["blocked"]),
        (("--kind", "product_missing", "--key", "SKU-2"), []),
        (("--consumer", "commerce-shipped"), ["failed"]),
        (("--event", "import.requested"), ["blocked"]),
        (("--store", "elsewhere"), []),
        (("--store", STORE_ID, "--order", ORDER_ID), ["failed", "blocked"]),
    ],
)
def test_letters_are_filtered(shell_with_letters: Shell, options: tuple[str, ...], classes: list[str]) -> None:
    letters = shell_with_letters.ok("dead-letters", "list", "--json", *options).json
    assert [letter["class"] for letter in letters] == classes


def test_a_letter_is_shown_by_the_beginning_of_its_id_with_what_solves_it(shell_with_letters: Shell) -> None:
    letter = shell_with_letters.ok("dead-letters", "list", "--class", "blocked", "--json").json[0]
    shown = shell_with_letters.ok("dead-letters", "show", letter["id"][:8], "--json").json
    assert {name: shown[name] for name in letter} == letter
    (solution,) = shown["solutions"]
    assert solution["command"] == f"crossdock products match {STORE_ID} SKU-1 SKU"
    shown_text = shell_with_letters.ok("dead-letters", "show", letter["id"]).out
    assert solution["solution"] in shown_text
    assert solution["command"] in shown_text


def test_a_letter_has_its_reason_and_never_shows_its_body(shell: Shell) -> None:
    event = placed(buyer={"name": "Test Buyer"}).model_dump_json(exclude_none=True)
    shell.publish(changed(status="Unshipped", amazon_order_id=OTHER))
    body = f'{{"type":"commerce.shipped","data":{event}}}'
    refused = shell.run("publish", "-", text=body)
    assert refused.code == 1
    assert "Test Buyer" not in refused.err
    assert shell.ok("dead-letters", "list", "--json").json == []


def test_an_id_that_is_none_is_refused(shell_with_letters: Shell) -> None:
    answer = shell_with_letters.run("dead-letters", "show", "zzzz")
    assert (answer.code, answer.err) == (1, 'crossdock: There is no dead letter "zzzz".\n')


def test_the_list_for_people_gives_ids_that_show_takes(shell_with_letters: Shell) -> None:
    row = shell_with_letters.ok("dead-letters", "list").out.splitlines()[1].split("\t")
    assert row[1:4] == ["failed", "open", "commerce.shipped"]
    assert "stranger" in shell_with_letters.ok("dead-letters", "show", row[0]).out


def test_causes_are_counted_and_letters_are_searched(shell: Shell) -> None:
    shell.sell(1)
    (group,) = shell.ok("dead-letters", "causes", "--json").json["groups"]
    assert (group["kind"], group["key"], group["letters"]) == ("product_missing", "SKU-1", 1)
    assert group["command"].startswith("crossdock products match")
    assert "SKU-1" in shell.ok("dead-letters", "causes", "--search", "SKU-1").out
    assert shell.ok("dead-letters", "list", "--search", "nothing like it", "--json").json == []
