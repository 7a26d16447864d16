"""Three RabbitMQ nodes that lose the leader of a queue under load: nothing is excused, lost or applied twice."""

from pathlib import Path

import pytest

from faults.broker_cluster import CLUSTER, EXTRA_SECONDS, ClusterServers
from faults.settings import TrialSettings
from tests.faults.test_short_trial import FLEET
from tests.faults.trials import LIMIT, LIMIT_FACTOR, run_trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SEED = 5


def test_nothing_is_lost_or_doubled_when_the_leader_of_a_queue_is_killed(run: Path) -> None:
    faults = {kind: CLUSTER[kind] for kind in ("leader killed",)}
    settings = TrialSettings(
        SEED,
        40,
        10.0,
        faults,
        (),
        FLEET,
        once=True,
        servers=ClusterServers,
        extra_seconds=EXTRA_SECONDS,
        limit_factor=LIMIT_FACTOR,
        limit=LIMIT,
    )
    trial, history = run_trial(settings, run)
    assert len(history.sent) > 100
    assert not trial.losses, "a cluster excuses nothing"
