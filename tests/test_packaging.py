"""The wheel and the sdist: they add one name to site-packages, and the command runs."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import crossdock
from tests.tree import FOLDERS

ROOT = Path(__file__).parent.parent


def _python(*arguments: str | Path, cwd: Path = ROOT) -> str:
    result = subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def _build(kind: str, into: Path) -> Path:
    _python("-m", "hatchling", "build", "-t", kind, "-d", into)
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return _build("wheel", tmp_path_factory.mktemp("wheel"))


def _modules(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.py")}


@pytest.mark.slow
def test_the_wheel_adds_one_name(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert names == {"crossdock", f"crossdock-{crossdock.__version__}.dist-info"}


@pytest.mark.slow
def test_the_wheel_holds_every_module(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in FOLDERS:
        assert {f"crossdock/{folder}/{module}" for module in _modules(ROOT / folder)} <= names


@pytest.mark.slow
def test_the_command_in_the_wheel_runs_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    _python("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", installed, wheel)
    program = f"import sys; sys.path.insert(0, {str(installed)!r}); sys.argv = ['crossdock', '--help'];"
    program += "from crossdock.__main__ import HERE, main; print(HERE, flush=True); main()"
    output = _python("-c", program, cwd=tmp_path)
    assert str(installed / "crossdock") in output
    assert "Usage" in output


@pytest.mark.slow
def test_the_sdist_holds_what_the_wheel_is_made_of(tmp_path: Path) -> None:
    with tarfile.open(_build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "crossdock/__main__.py"} <= names
    for folder in FOLDERS:
        assert {f"{folder}/{module}" for module in _modules(ROOT / folder)} <= names


def test_the_locks_name_no_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / lock).read_text().splitlines()
        assert any("--hash=sha256:" in line for line in lines)
        assert [
            line for line in lines if "://" in line or line.lstrip().startswith(("--index", "--extra", "--find"))
        ] == []
