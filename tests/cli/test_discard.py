"""crossdock dead-letters discard: letters are discarded with a reason, and stay in the list of discarded ones."""

import pytest

from schemas.blockers import SYSTEM_MESSAGE
from tests.builders import STORE_ID
from tests.cli.conftest import Shell

DISCARD = ("dead-letters", "discard")


@pytest.fixture
def blocked(shell: Shell) -> Shell:
    """Two blocked orders of one SKU, one of another."""
    shell.sell_many(2, 1)
    shell.sell_many(1, 2, first=100)
    return shell


def ids(shell: Shell, state: str = "open") -> list[str]:
    """Return the ids of letters in a state."""
    return [letter["id"] for letter in shell.ok("dead-letters", "list", "--state", state, "--json").json]


def test_letters_are_discarded_by_id_prefixes_and_can_still_be_listed(blocked: Shell) -> None:
    one = ids(blocked)[0]
    answer = blocked.ok(*DISCARD, one[:10], "--reason", "sold elsewhere", "--who", "Test Operator", "--yes")
    assert answer.out == "1 dead letter was discarded.\n"
    assert (ids(blocked, "discarded"), len(ids(blocked))) == ([one], 2)
    (act,) = blocked.ok("dead-letters", "show", one, "--json").json["audit"]
    assert (act["who"], act["action"], act["why"]) == ("Test Operator", "letter.discard", "sold elsewhere")


def test_letters_are_discarded_by_a_filter_and_the_system_message_ends_with_the_last(blocked: Shell) -> None:
    message = SYSTEM_MESSAGE.format(stores=STORE_ID)
    blocked.ok(*DISCARD, "--key", "SKU-1", "--reason", "test", "--yes")
    assert len(ids(blocked)) == 1
    for command in (("orders", "list"), ("dead-letters", "list"), ("orders", "show", "123-0000000-0000100")):
        assert message in blocked.ok(*command).err
    blocked.ok(*DISCARD, "--key", "SKU-2", "--reason", "test", "--yes")
    for command in (("orders", "list"), ("dead-letters", "list"), ("orders", "show", "123-0000000-0000100")):
        assert message not in blocked.ok(*command).err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--yes", "--reason", "test"), "at least one filter"),
        (("abc", "--key", "SKU-1", "--yes", "--reason", "test"), "not both"),
        (("--key", "SKU-1", "--reason", "test"), "pass --yes after checking with"),
        (("--key", "SKU-1", "--yes"), "--reason"),
        (("--key", "SKU-1", "--yes", "--reason", " "), "must not be empty"),
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(blocked: Shell, words: tuple[str, ...], message: str) -> None:
    answer = blocked.run(*DISCARD, *words)
    assert (answer.code, message in answer.err) == (2, True)
    assert len(ids(blocked)) == 3


def test_unknown_and_discarded_letters_are_refused_and_nothing_is_discarded(blocked: Shell) -> None:
    one, other, _ = ids(blocked)
    refused = blocked.run(*DISCARD, one, "zzzz", "--reason", "test", "--yes")
    assert (refused.code, refused.err) == (1, 'crossdock: There is no dead letter "zzzz".\n')
    assert blocked.run(*DISCARD, "--key", "SKU-3", "--reason", "test", "--yes").code == 1
    blocked.ok(*DISCARD, one, "--reason", "test", "--yes")
    again = blocked.run(*DISCARD, other, one, "--reason", "test", "--yes")
    assert (again.code, "is discarded, so it cannot be discarded" in again.err) == (1, True)
    assert len(ids(blocked)) == 2
