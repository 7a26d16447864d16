"""Check the locks for known vulnerabilities: pip-audit against OSV, or a line with the reason where it cannot be asked.

Run by `./run check`, beside its other parts. A clean result is not asked for again on the same day: each package is a
request.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
OSV = "https://api.osv.dev/v1/query"
CLEAN = Path(sys.prefix) / "vulnerabilities-stamp"
"""The day and the locks of the last clean answer."""

REACH_SECONDS, WHOLE_SECONDS = 3, 120

IGNORED: dict[str, str] = {}
"""Ids of vulnerabilities that do not concern Crossdock, each with the reason; to be looked at with each release."""


class NotCheckedError(Exception):
    """The database of advisories gave no answer; the text is the reason."""


def main() -> int:
    """Return 1 if a locked package has a known vulnerability."""
    today = f"{datetime.now(UTC).date()} {_digest()}"
    if CLEAN.exists() and CLEAN.read_text() == today:
        print("vulnerabilities: none known (asked today).")
        return 0
    try:
        _check_reachable()
        found = [line for lock in LOCKS for line in _vulnerabilities(lock)]
    except NotCheckedError as error:
        print(f"vulnerabilities: not checked: {error}.")
        return 0
    if not found:
        CLEAN.write_text(today)
    print("\n".join(dict.fromkeys(found)) or "vulnerabilities: none known.")
    return int(bool(found))


def _digest() -> str:
    return sha256(b"".join((ROOT / lock).read_bytes() for lock in LOCKS)).hexdigest()


def _check_reachable() -> None:
    """Raise NotCheckedError where nothing answers soon: pip-audit alone would wait for each package."""
    try:
        requests.post(OSV, json={}, timeout=REACH_SECONDS)
    except requests.RequestException as error:
        raise NotCheckedError(f"{OSV} cannot be reached ({type(error).__name__})") from None


def _vulnerabilities(lock: str) -> Iterator[str]:
    """Yield a line for each vulnerability of a lock's packages."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", OSV, "--timeout", str(REACH_SECONDS)]
    command += ["--progress-spinner", "off", "--format", "json"]
    for vulnerability in IGNORED:
        command += ["--ignore-vuln", vulnerability]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=WHOLE_SECONDS)
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise NotCheckedError(f"{OSV} took more than {WHOLE_SECONDS} seconds") from None
    except ValueError:
        raise NotCheckedError((done.stderr.strip().splitlines() or ["pip-audit gave no answer"])[-1]) from None
    for package in answer["dependencies"]:
        for known in package.get("vulns", ()):
            fixed = ", ".join(known["fix_versions"]) or "no version yet"
            yield f"{lock}: {package['name']} {package['version']} has {known['id']}; fixed in {fixed}."


if __name__ == "__main__":
    sys.exit(main())
