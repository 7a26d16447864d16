"""The short trial: `./run faults` in one minute instead of ten, with a fault of each kind and a fixed seed."""

from pathlib import Path

import pytest

from faults.crash_points import Crash
from faults.nemeses import ALL
from faults.settings import TrialSettings
from tests.faults.trials import LIMIT, LIMIT_FACTOR, run_trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

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


def test_nothing_is_lost_or_doubled_while_everything_breaks(run: Path) -> None:
    faults = {kind: ALL[kind] for kind in FAULTS}
    settings = TrialSettings(SEED, 120, 60.0, faults, CRASHES, FLEET, once=True, limit_factor=LIMIT_FACTOR, limit=LIMIT)
    _, history = run_trial(settings, run)
    assert sum(kind.startswith("crash at ") for kind in history.faults) >= 3
    assert len(history.sent) > 400
