"""Which server a tier of tests gets: one for the whole run, shared by every pytest-xdist worker."""

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

DEMANDED = "CROSSDOCK_TEST_TIERS"  # e.g. "broker,postgres": these may not be skipped
RUN_FOLDER = "CROSSDOCK_TEST_RUN_FOLDER"  # set by the process that owns the run, for its xdist workers


class UnavailableError(Exception):
    """This way of getting a server is closed on this machine; the text says why."""


@dataclass(frozen=True)
class Server:
    """Where a server is: `url` for its clients, `admin` for what is asked through another door."""

    url: str
    admin: str = ""


Way = Callable[[Path], Server]


def server_for(tier: str, ways: Sequence[Way]) -> Server:
    """The tier's server, by the first of `ways` that is open; else a skip, or a failure if demanded."""
    found = _found_once(tier, ways, Path(os.environ[RUN_FOLDER]))
    if isinstance(found, Server):
        return found
    reason = f"no server for the {tier} tier: {found}"
    if tier in os.environ.get(DEMANDED, "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _found_once(tier: str, ways: Sequence[Way], run: Path) -> Server | str:
    """The server, or why there is none: looked for by the first who asks, remembered for the rest."""
    answer = run / f"{tier}.json"
    with (run / f"{tier}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            answer.write_text(json.dumps(_find(ways, run)))
    found = json.loads(answer.read_text())
    return Server(**found) if isinstance(found, dict) else str(found)


def _find(ways: Sequence[Way], run: Path) -> dict[str, str] | str:
    reasons = []
    for way in ways:
        try:
            return asdict(way(run))
        except UnavailableError as closed:
            reasons.append(str(closed))
    return "; ".join(reasons)
