"""Processes on tables of another version: they end at once with a sentence, and nobody restarts them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness import eventually
from tests.scenarios.crossdock import Installation

pytestmark = pytest.mark.slow


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """A set-up on a database without tables, and a broker that nobody is."""
    with closing(Installation(tmp_path, "amqp://127.0.0.1:9/", database_url)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "started"),
    [
        (["up"], 4),
        (["work", "importer", "--processes", "2"], 2),
        (["work", "importer"], 0),
        (["relay"], 0),
        (["scheduler"], 0),
    ],
)
def test_a_process_on_tables_of_another_version_names_them_and_ends_with_2(
    installation: Installation, words: list[str], started: int
) -> None:
    process = installation.start(*words)
    eventually(lambda: not process.is_alive, "it ends")
    assert process.end() == 2
    assert "crossdock: The database's tables are not those of this version; run crossdock migrate.\n" in process.log
    assert len(process.log_lines("child started")) == started
    assert process.log_lines("process exited") == []


@pytest.mark.parametrize("words", [("orders", "list"), ("stores", "list"), ("sync",)])
def test_a_command_on_tables_of_another_version_says_so_and_ends_with_2(
    installation: Installation, words: tuple[str, ...]
) -> None:
    process = installation.start(*words)
    eventually(lambda: not process.is_alive, "it ends")
    assert process.end() == 2
    assert process.log == "crossdock: The database's tables are not those of this version; run crossdock migrate.\n"
