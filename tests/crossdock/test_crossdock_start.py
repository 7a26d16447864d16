"""The start of a process: its imports, and signals meanwhile."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workers.process.supervisor import Child

ROOT = Path(__file__).parents[2]
STRAY = ("secrets", "logging", "signal", "pathlib", "events", "schemas", "typer", "structlog", "sqlalchemy")
SCRIPT = "import sys; from crossdock.__main__ import main; sys.argv = ['crossdock', '--version']; main()"


@pytest.fixture
def _littered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with files that are named like modules."""
    for name in STRAY:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the working folder')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.mark.usefixtures("_littered")
@pytest.mark.parametrize("words", [["-m", "crossdock", "--version"], ["-P", "-c", SCRIPT]])
def test_nothing_is_imported_from_the_working_folder(words: list[str]) -> None:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("_littered")
@pytest.mark.parametrize("words", [["--version"], ["config", "check"], ["work", "--help"]])
def test_no_child_imports_anything_from_the_working_folder(words: list[str]) -> None:
    child = Child(words)
    child.start()
    assert child.process is not None
    assert child.process.wait(120) == 0


def test_sigterm_ends_a_process_that_is_still_importing_though_nothing_else_would(tmp_path: Path) -> None:
    """The first process of a container has no default for SIGTERM, as one that ignores it."""
    words = [sys.executable, "-X", "importtime", "-m", "crossdock", "work", "importer"]
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            words, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
        )
    finally:
        signal.signal(signal.SIGTERM, before)
    with process:
        assert process.stderr is not None
        assert any("cli.errors" in line for line in process.stderr)
        process.terminate()
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 128 + signal.SIGTERM
