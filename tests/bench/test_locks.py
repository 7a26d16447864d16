"""The benchmark's venv has the product's packages and the peers': both locks are installed together."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _versions(lock: str) -> dict[str, str]:
    pinned = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return dict(pinned)


def test_packages_of_both_locks_have_one_version() -> None:
    ours, peers = _versions("requirements.lock"), _versions("bench/peers/requirements.lock")
    differing = {name: (ours[name], peers[name]) for name in ours.keys() & peers.keys() if ours[name] != peers[name]}
    assert ours.keys() & peers.keys()
    assert not differing, "copy these packages' lines of requirements.lock into bench/peers/requirements.lock"
