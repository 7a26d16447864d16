"""The server of each tier of tests: one for the whole run, shared by all pytest-xdist workers."""

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

DEMANDED = "CROSSDOCK_TEST_TIERS"  # for example "broker,postgres": tests of these fail without a server
RUN_FOLDER = "CROSSDOCK_TEST_RUN_FOLDER"  # set by the controller, for its xdist workers


class UnavailableError(Exception):
    """A kind of server cannot be had on this machine; the text says why."""


@dataclass(frozen=True)
class Server:
    """The address of a server: `url` for clients, `admin` of the management API if there is one."""

    url: str
    admin: str = ""


Way = Callable[[Path], Server]


def server_for(tier: str, ways: Sequence[Way]) -> Server:
    """Return the tier's server, by the first of `ways` that works; else skip, or fail if the tier is demanded."""
    found = made_once(tier, lambda run: _find(ways, run))
    if isinstance(found, dict):
        return Server(**found)
    reason = f"no server for the {tier} tier: {found}"
    if tier in os.environ.get(DEMANDED, "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def made_once(name: str, make: Callable[[Path], Any]) -> Any:
    """Return the JSON value that *make* returned in the first process of the run that needed it."""
    run = Path(os.environ[RUN_FOLDER])
    note = run / f"{name}.json"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(json.dumps(make(run)))
    return json.loads(note.read_text())


def _find(ways: Sequence[Way], run: Path) -> dict[str, str] | str:
    reasons = []
    for way in ways:
        try:
            return asdict(way(run))
        except UnavailableError as closed:
            reasons.append(str(closed))
    return "; ".join(reasons)
