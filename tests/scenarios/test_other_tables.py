"""Processes on tables of another version: they end at once, say so, and nobody starts them again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import eventually
from tests.scenarios.crossdock import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    """A set-up on a database without tables, and a broker that nobody is."""
    opened = Town(tmp_path, "amqp://127.0.0.1:9/", database_url)
    yield opened
    opened.end()


@pytest.mark.parametrize(
    ("words", "started"),
    [
        (["up"], 3),
        (["work", "importer", "--processes", "2"], 2),
        (["work", "importer"], 0),
        (["relay"], 0),
        (["scheduler"], 0),
    ],
)
def test_what_runs_on_tables_of_another_version_says_so_and_ends_with_2(
    town: Town, words: list[str], started: int
) -> None:
    process = town.start(*words)
    eventually(lambda: not process.is_alive, "it ends")
    assert process.end() == 2
    assert "crossdock: The database's tables are not those of this version; run crossdock migrate.\n" in process.log
    assert len(process.said("child started")) == started
    assert process.said("process exited") == []


@pytest.mark.parametrize("words", [("orders", "list"), ("stores", "list"), ("sync",)])
def test_a_command_on_tables_of_another_version_says_so_and_ends_with_2(town: Town, words: tuple[str, ...]) -> None:
    process = town.start(*words)
    eventually(lambda: not process.is_alive, "it ends")
    assert process.end() == 2
    assert process.log == "crossdock: The database's tables are not those of this version; run crossdock migrate.\n"
