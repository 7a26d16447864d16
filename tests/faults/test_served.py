"""The short trial through the real clients: by the books of a served Amazon and Commerce nothing is lost or doubled."""

from pathlib import Path

import pytest

from faults.nemeses import ALL
from faults.served import TIME_LIMIT, ServedSettings, ServedTrial
from tests.servers.tiers import UnavailableError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(TIME_LIMIT + 600)]

ORDERS = 17
"""Each scenario of the demo once; those that block for other reasons come in addition."""

FAULTS = ("process killed", "broker cut off", "database refuses", "broker killed")


def test_nothing_is_lost_or_doubled_through_the_real_clients(run: Path) -> None:
    settings = ServedSettings(5, ORDERS, 20.0, {kind: ALL[kind] for kind in FAULTS})
    trial = ServedTrial(settings, run, print)
    try:
        trial.run()
    except UnavailableError as closed:
        pytest.skip(f"no servers that may be killed: {closed}")
    assert not trial.complaints, trial.report()
    assert (trial.lost, trial.doubled) == (0, 0), trial.report()
    assert trial.orders > ORDERS
    assert min(trial.answers_lost, trial.calls_throttled) > 0
