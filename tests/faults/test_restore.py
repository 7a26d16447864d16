"""The restore drill and the upgrade under load, in a minute: a ledger that is brought back, and tables that grow."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.nemeses import ALL
from faults.report import report
from faults.settings import FLEET, TrialSettings
from faults.trial import Trial
from tests.faults.test_short_trial import LIMIT, LIMIT_FACTOR, _show
from tests.servers.processes import end_all
from tests.servers.tiers import Server, UnavailableError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SEED = 3
FAULTS = ("process killed", "ledger restored", "migrated under load")


@pytest.fixture
def run(broker_server: Server, postgres_server: Server) -> Iterator[Path]:
    """A folder for servers and processes that are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="crossdock-restore-"))
    yield folder
    end_all(folder)


def test_a_restored_ledger_ends_with_nothing_missing(run: Path) -> None:
    faults = {kind: ALL[kind] for kind in FAULTS}
    settings = TrialSettings(SEED, 80, 30.0, faults, (), FLEET, once=True, limit_factor=LIMIT_FACTOR, limit=LIMIT)
    trial = Trial(settings, run, _show)
    try:
        history, violations = trial.run()
    except UnavailableError as closed:
        pytest.skip(f"no servers that may be killed: {closed}")
    assert not violations, f"{report(history, violations)}\nseed {SEED}"
    assert set(FAULTS) <= set(history.faults)
    assert history.forgotten, "the restored ledger had forgotten nothing"
    assert trial.republished, "nothing had to be published again"
