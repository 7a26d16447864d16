"""crossdock dead-letters edit --editor: a message in a person's editor, and tried again while it is wrong."""

import json
import sys
from pathlib import Path

import pytest

from schemas.message import Message
from tests.cli.conftest import Shell
from tests.cli.test_edit import event

EDITOR = """
import pathlib, sys
path, tries = pathlib.Path(sys.argv[1]), pathlib.Path({tries!r})
tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
new = "MFN" if len(tries.read_text()) > 1 else "NOWHERE"
path.write_text(path.read_text().replace("NEITHER", new).replace("NOWHERE", new))
"""
"""Corrects the channel: wrongly first, then rightly."""


@pytest.fixture
def letter_id(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a letter whose event names a channel that Amazon does not have; EDITOR is set."""
    script = tmp_path / "editor.py"
    script.write_text(EDITOR.format(tries=str(tmp_path / "tries")))
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    monkeypatch.delenv("VISUAL", raising=False)
    body = json.dumps(event(fulfillment_channel="NEITHER")).encode()
    shell.receive("order-placed", Message("", "order.placed", body))
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    return str(letter["id"])


def test_a_wrong_correction_is_refused_and_edited_again(shell: Shell, letter_id: str) -> None:
    words = ("dead-letters", "edit", letter_id, "--editor", "--show-values")
    code, shown = shell.at_terminal(*words, typed="y\ny\na typing error\n")
    assert code == 0, shown
    refused, again, sent = (
        shown.index(part) for part in ("is still wrong", "Edit again? [y/N]", "Send this message? [y/N]")
    )
    assert refused < again < sent
    assert shown.count("Send this message?") == 1
    assert "MFN" in shown
    assert f"Dead letter {letter_id} is replaced by message " in shown
    assert shell.ok("dead-letters", "show", letter_id, "--json").json["state"] == "resolved"
    assert "a typing error" in shell.ok("dead-letters", "audit").out


def test_a_person_who_gives_up_changes_nothing(shell: Shell, letter_id: str) -> None:
    code, shown = shell.at_terminal("dead-letters", "edit", letter_id, "--editor", typed="n\n")
    assert (code, "Nothing was changed." in shown) == (1, True)
    assert shell.ok("dead-letters", "show", letter_id, "--json").json["state"] == "open"


def test_an_editor_needs_a_terminal(shell: Shell, letter_id: str) -> None:
    answer = shell.run("dead-letters", "edit", letter_id, "--editor")
    assert (answer.code, "--editor needs a terminal" in answer.err) == (2, True)
