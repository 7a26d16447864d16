"""The units for systemd, checked by its own tool where that can be had."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.settings import unknown_variables
from workers.process.shutdown import SHUTDOWN_TIMEOUT
from workers.process.time_limit import HUNG

ROOT = Path(__file__).parent.parent
SYSTEMD = ROOT / "deploy/systemd"
ROLES = {"console": "reader"}
"""The accounts of processes that have none of their own name."""

UNITS = sorted(SYSTEMD.glob("*.service"))


def options(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the options of a unit."""
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield name, value


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for path in SYSTEMD.iterdir():
        name = path.name.replace("@.", "@amazon." if "intake" in path.name else "@importer.")
        # Crossdock is not installed at its unit's path.
        (tmp_path / name).write_text(path.read_text().replace("/opt/crossdock/bin/crossdock", "/bin/true"))
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    about_ours = [line for line in done.stderr.splitlines() if "crossdock" in line]
    assert (done.returncode, about_ours) == (0, [])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_its_process_with_its_account_and_restarts_it(path: Path) -> None:
    found = list(options(path))
    once = dict(found)
    process, _, instances = path.stem.removeprefix("crossdock-").partition("@")
    command = f"{process} %i" if path.stem.endswith("@") else process
    account = "%i" if process == "work" else ROLES.get(process, process)
    assert instances == ""
    assert once["ExecStart"] == f"/opt/crossdock/bin/crossdock {command}"
    given = dict(value.split("=", 1) for name, value in found if name == "Environment")
    assert given["CROSSDOCK_BROKER_USER"] == f"crossdock-{account}"
    assert unknown_variables(given) == []
    credentials = [value.partition(":")[0] for name, value in found if name == "LoadCredential"]
    assert {value for value in given.values() if value.startswith("%d/")} == {f"%d/{name}" for name in credentials}
    assert (once["Restart"], once["RestartPreventExitStatus"]) == ("always", "2")
    assert HUNG != 2
    assert float(once["TimeoutStopSec"]) > SHUTDOWN_TIMEOUT
    assert (once["NoNewPrivileges"], once["ProtectSystem"], once["User"]) == ("yes", "strict", "crossdock")


def test_the_console_is_served_to_this_machine_alone() -> None:
    given = [value for name, value in options(SYSTEMD / "crossdock-console.service") if name == "Environment"]
    assert not [value for value in given if "CONSOLE_HOST" in value]


def test_the_page_names_the_files_that_are_there() -> None:
    assert str(SYSTEMD.relative_to(ROOT)) in (ROOT / "docs/systemd.md").read_text()
