"""The shape of the code: module and function sizes, packages, import rules, and tests that mirror the tree."""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests import tree

ROOT = Path(__file__).parent.parent
FOLDERS = (*tree.FOLDERS, "crossdock")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted(path for folder in ("bench", "faults", "tests") for path in (ROOT / folder).rglob("*.py"))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_every_folder_has_modules_to_look_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(FOLDERS)


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES + TESTS}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    lengths = dict(function for path in MODULES + TESTS for function in _functions(path))
    assert {name: length for name, length in lengths.items() if length > 50} == {}


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in MODULES + TESTS}
    loaded_by_path = {ROOT / "ledger/migrations", ROOT / "ledger/migrations/versions"}  # Alembic's way
    assert {folder for folder in folders - loaded_by_path if not (folder / "__init__.py").exists()} == set()


def test_the_wheel_the_types_and_the_import_rules_know_every_folder() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    included = tools["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert set(FOLDERS) == folders - {"bench", "faults", "tests"}
    assert included == {
        folder: f"crossdock/{folder}" for folder in sorted(folders - {"bench", "crossdock", "faults", "tests"})
    }
    assert set(tools["mypy"]["packages"]) == folders
    assert set(tools["importlinter"]["root_packages"]) == set(included)


def test_imports_point_down() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


NOT_MIRRORED = {"bench", "faults", "scenarios", "servers"}
"""Folders of tests that do not test a single module."""


def test_tests_mirror_the_tree() -> None:
    """`a/b/test_c.py` or `test_c_aspect.py` tests the module `a/b/c.py` or the package `a/b` itself, named `b`."""
    strays = []
    for path in (ROOT / "tests").rglob("test_*.py"):
        folder = path.relative_to(ROOT / "tests").parent
        if not folder.parts or folder.parts[0] in NOT_MIRRORED:
            continue
        modules = [module.stem for module in (ROOT / folder).glob("[a-z]*.py")] + [folder.name]
        if not any(f"{path.stem}_".startswith(f"test_{module}_") for module in modules):
            strays.append(str(path.relative_to(ROOT)))
    assert strays == []
