"""A text in a person's editor: its file is private, and gone however the command ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.terminal.editor import edited
from operations.errors import EditRefusedError
from tests.harness import eventually


def an_editor(tmp_path: Path, program: str) -> str:
    """Return the command of an editor that runs this program on the file."""
    script = tmp_path / "editor.py"
    script.write_text(f"import os, sys, time, pathlib\npath = pathlib.Path(sys.argv[1])\n{program}\n")
    return f"{sys.executable} {script}"


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the editor notes its environment; temporary files lie beside it."""
    (tmp_path / "runtime").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("VISUAL", raising=False)
    return tmp_path / "seen"


def test_file_and_folder_are_for_their_owner_alone(seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = "oct(path.stat().st_mode & 0o777) + oct(path.parent.stat().st_mode & 0o777)"
    program = f"open({str(seen)!r}, 'w').write({modes}); path.write_text('after')"
    monkeypatch.setenv("EDITOR", an_editor(tmp_path, program))
    before = os.umask(0)
    try:
        assert edited("before") == "after"
    finally:
        os.umask(before)
    assert seen.read_text() == "0o6000o700"
    assert list((tmp_path / "runtime").iterdir()) == []


def test_an_editor_that_fails_leaves_no_file(seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", an_editor(tmp_path, "sys.exit(3)"))
    with pytest.raises(EditRefusedError, match="nothing was changed"):
        edited("before")
    assert list((tmp_path / "runtime").iterdir()) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_no_file_is_left_when_a_signal_ends_the_command(
    seen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: signal.Signals
) -> None:
    wait = f"open({str(seen)!r}, 'w').write(str(path)); [time.sleep(0.05) for _ in range(2400) if path.exists()]"
    monkeypatch.setenv("EDITOR", an_editor(tmp_path, wait))
    program = "from cli.terminal.editor import edited; edited('Zebulon Testbuyer')"
    command = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[3])
    eventually(lambda: seen.exists() and Path(seen.read_text() or "/-").exists(), "the editor has the file")
    command.send_signal(ending)
    command.wait()
    eventually(lambda: not list((tmp_path / "runtime").iterdir()), "the folder is removed")
