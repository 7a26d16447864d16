"""Node.js of this machine, with the packages of a lock, which are kept in .venv for the next run."""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.tiers import DEMANDED, UnavailableError, made_once

TIER = "node"
OLDEST = 20
"""The version that Adobe's client needs."""


def with_packages(folder: Path) -> Path:
    """Return a folder with the packages of the lock in *folder*; skip without Node.js, or fail if it is demanded."""
    found = made_once(TIER, lambda _: _find(folder))
    if "folder" in found:
        return Path(found["folder"])
    reason = f"no Node.js for the {TIER} tier: {found['reason']}"
    if TIER in os.environ.get(DEMANDED, "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _find(folder: Path) -> dict[str, str]:
    try:
        return {"folder": str(_installed(folder))}
    except UnavailableError as error:
        return {"reason": str(error)}


def _installed(folder: Path) -> Path:
    if not shutil.which("node") or not shutil.which("npm"):
        raise UnavailableError("node or npm is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < OLDEST:
        raise UnavailableError(f"node is {version}, and {OLDEST} is the oldest that will do")
    lock = (folder / "package-lock.json").read_bytes()
    kept = Path(sys.prefix) / TIER / sha256(lock).hexdigest()[:16]
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as made:
            _install(folder, Path(made) / "packages")
            (Path(made) / "packages").replace(kept)
    return kept


def _install(folder: Path, into: Path) -> None:
    into.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(folder / name, into)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=into, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnavailableError(f"npm could not install the packages: {done.stderr.strip()[-300:]}")
