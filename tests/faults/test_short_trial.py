"""The short trial: what `./run faults` does for ten minutes, in one, with a fault of each kind and a fixed seed."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.crash_points import Crash
from faults.nemeses import ALL
from faults.report import report
from faults.settings import TrialSettings
from faults.trial import Trial
from tests.servers.processes import end_all
from tests.servers.tiers import Server, UnavailableError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

LIMIT_FACTOR = 4.0
"""The machine may be this much busier than the limits of recovery and cooldown assume."""

LIMIT = 600.0
"""Seconds of faults; a trial that needs more fails with a violation that names this limit, not by pytest's timeout."""

SEED = 4
FAULTS = (
    "process killed",
    "broker killed",
    "queue deleted",
    "backends terminated",
    "standby promoted",
    "commit unanswered",
    "broker cut off",
    "database sliced",
    "gateways: lost_answer",
    "hostile publishers",
)
CRASHES = (
    Crash("order-placed", "before_commit"),
    Crash("importer", "after_request", 2),
    Crash("relay", "after_publish"),
    Crash("status-changed", "after_commit"),
    Crash("commerce-shipped", "before_ack"),
    Crash("confirmer", "before_publish"),
)
FLEET = (
    ("work", "order-placed", "status-changed", "commerce-shipped", "importer"),
    (
        *("work", "importer", "confirmer", "completer", "catalog-changed", "canceller"),
        *("commerce-canceller", "reserver", "order-placed", "status-changed", "commerce-shipped"),
    ),
    ("relay",),
    ("scheduler",),
)


@pytest.fixture
def run(broker_server: Server, postgres_server: Server) -> Iterator[Path]:
    """A folder for servers and processes that are gone afterwards. They are Debian's own: only those can be killed."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-trial-"))  # pytest's own lets no other user through
    yield folder
    end_all(folder)


def _show(line: str) -> None:
    """Print the timeline at once, to be read however the trial fails."""
    sys.stdout.write(f"{line}\n")


def test_nothing_is_lost_or_doubled_while_everything_breaks(run: Path) -> None:
    faults = {kind: ALL[kind] for kind in FAULTS}
    settings = TrialSettings(SEED, 120, 60.0, faults, CRASHES, FLEET, once=True, limit_factor=LIMIT_FACTOR, limit=LIMIT)
    trial = Trial(settings, run, _show)
    try:
        history, violations = trial.run()
    except UnavailableError as closed:
        pytest.skip(f"no servers that may be killed: {closed}")
    assert not violations, f"{report(history, violations)}\nseed {SEED}"
    assert set(FAULTS) <= set(history.faults)
    assert sum(kind.startswith("crash at ") for kind in history.faults) >= 3
    assert len(history.sent) > 400
