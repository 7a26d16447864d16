"""The restore drill and the rolling upgrade, in a minute: a ledger that is brought back, and tables that grow."""

from pathlib import Path

import pytest

from faults.nemeses import ALL
from faults.settings import FLEET, TrialSettings
from tests.faults.trials import LIMIT, LIMIT_FACTOR, run_trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SEED = 3
FAULTS = ("process killed", "ledger restored", "rolling upgrade")


def test_a_restored_ledger_ends_with_nothing_missing(run: Path) -> None:
    faults = {kind: ALL[kind] for kind in FAULTS}
    settings = TrialSettings(SEED, 80, 30.0, faults, (), FLEET, once=True, limit_factor=LIMIT_FACTOR, limit=LIMIT)
    trial, history = run_trial(settings, run)
    assert history.forgotten, "the restored ledger had forgotten nothing"
    assert trial.republished, "nothing had to be published again"
