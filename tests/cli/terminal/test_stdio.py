"""The ways in and out of a command: words that are no text, and an answer that cannot be written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.cli.conftest import Shell
from tests.scenarios.crossdock import Installation
from tests.servers.templates import migrated_sqlite

LIST = ("orders", "list", "--csv")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("orders", "show", "a\udcffb"), "a\\xffb"),
        (("dead-letters", "list", "--key", "a\udcffb"), "a\\xffb"),
        (("dead-letters", "list", "--key=a\udcffb"), "--key=a\\xffb"),
        (("orders", "show", "\udcff" * 300), "\\xff" * 300),
    ],
)
def test_a_word_that_is_not_utf_8_is_wrong_usage(shell: Shell, words: tuple[str, ...], shown: str) -> None:
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f'crossdock: The argument "{shown}" is not UTF-8; write it in UTF-8.\n'


def test_a_file_may_have_a_name_that_is_not_utf_8(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "cups\udcff.jsonl").write_text('{"sku":"CUP"}\n')
    assert shell.ok("products", "import", "cups\udcff.jsonl").out == "1 product saved, 0 lines refused.\n"


def _env(home: Path, **changes: str) -> dict[str, str]:
    """Return the environment of commands in *home*, whose database is made here: it costs each of them a second."""
    migrated_sqlite(home / "crossdock.db")
    return Installation(home, "memory://", "sqlite:///crossdock.db").env(**changes)


def _into(out: IO[bytes] | int, home: Path, *words: str, **changes: str) -> tuple[int, str]:
    """Run a command whose answer goes there; return its exit code and its standard error."""
    env = _env(home, **changes)
    command = [sys.executable, "-m", "crossdock", *words]
    done = subprocess.run(command, env=env, cwd=home, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [LIST, ("orders", "list", "--json"), ("--help",)], ids=" ".join)
def test_an_answer_that_finds_no_room_is_one_sentence(tmp_path: Path, words: tuple[str, ...], unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, printed = _into(full, tmp_path, *words, PYTHONUNBUFFERED=unbuffered)
    assert code == 1
    assert printed == (
        "crossdock: Not all of the answer could be written to standard output (No space left on device);"
        " write it to another place, and look first if the command was to change something.\n"
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_read_enough_gets_no_error(tmp_path: Path, unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert _into(writing, tmp_path, *LIST, PYTHONUNBUFFERED=unbuffered) == (1, "")
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"PYTHONIOENCODING": "latin-1"}, r"Zoë \u6771\ud83d\ude00"),
        ({"PYTHONIOENCODING": "cp1252:strict"}, r"Zoë \u6771\ud83d\ude00"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "Zoë 東😀"),
    ],
)
def test_a_terminal_that_is_not_utf_8_is_shown_escapes(settings: dict[str, str], name: str, tmp_path: Path) -> None:
    env = _env(tmp_path, **settings)

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "crossdock", *words]
        done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout.decode("utf-8" if "LC_ALL" in settings else "latin-1")

    run("stores", "add", "us", "--name", "Zoë 東😀")
    assert f"us\t{name}\t" in run("stores", "list")
    assert json.loads(run("stores", "list", "--json"))[0]["name"] == "Zoë 東😀"


@pytest.mark.parametrize(
    ("words", "code", "closed"),
    [
        (("stores", "list"), 0, ">&- 2>&- <&-"),
        (("stores", "show", "nowhere"), 1, "2>&-"),
        (("doctor",), 1, "2>&- <&-"),
        (("nonsense",), 2, "2>&-"),
        (("publish", "-"), 0, "<&-"),
        (("work", "importer"), 2, "2>&-"),
    ],
)
def test_a_command_without_standard_streams_ends_as_it_would_with_them(
    words: tuple[str, ...], code: int, closed: str, tmp_path: Path
) -> None:
    env = _env(tmp_path)
    command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "crossdock", *words]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stderr) == (code, b"")


def test_a_command_without_standard_output_is_carried_out(shell: Shell, tmp_path: Path) -> None:
    env = _env(tmp_path)
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "crossdock", "stores", "add", "new-store"]
    done = subprocess.run(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [store["store_id"] for store in shell.ok("stores", "list", "--json").json] == ["new-store"]
