"""The text of `--help`: it has to be whole on a terminal 80 columns wide."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from cli.app import app
from tests.cli.conftest import Shell


def _groups(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every command that has commands of its own, by its words."""
    inner = getattr(command, "commands", {})
    if inner:
        yield path
    for name in inner:
        yield from _groups(inner[name], (*path, name))


@pytest.mark.parametrize("words", list(_groups(get_command(app))), ids=" ".join)
def test_the_list_of_a_group_has_the_whole_summary_of_each_command(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = shell.ok(*words, "--help").out
    assert [line for line in shown.splitlines() if line.endswith("...") and line.startswith("  ")] == []


def test_arguments_are_named_by_words_in_capitals(shell: Shell) -> None:
    given = {
        words: re.search(r"\[OPTIONS\] (.*)\n", shell.ok(*words, "--help").out)
        for words in (("work",), ("dead-letters", "discard"), ("publish",))
    }
    assert {words: found and found[1] for words, found in given.items()} == {
        ("work",): "{CONSUMER}...",
        ("dead-letters", "discard"): "[ID]...",
        ("publish",): "{FILE}",
    }
