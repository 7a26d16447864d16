"""Metrics, alert rules and dashboards name the same things, and each is documented."""

import re
from datetime import UTC, datetime
from pathlib import Path

from schemas.figures import Figures, JobRun, Waiting
from workers.metrics.process_metrics import ProcessMetrics
from workers.metrics.state_families import QueueFigures, Reading, families

ROOT = Path(__file__).parent.parent
METRIC = re.compile(r"\bcrossdock_[a-z_]+[a-z]\b")
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
NONE = Figures(
    outbox={},
    letters={},
    blocked={},
    early={},
    changed_orders=Waiting(rows=0),
    replays={},
    replay_letters={},
    errors={("commerce", "try later"): 1},
    budgets={("amazon", "getOrder"): 0.0},
    jobs={"sync": JobRun(at=datetime.now(UTC), failed=False)},
)


def _samples() -> set[str]:
    """Return the names of all samples that `/metrics` may have."""
    reading = Reading(NONE, {"importer": QueueFigures(0, 0, 0.0)}, datetime.now(UTC))
    metrics = [*ProcessMetrics().registry.collect(), *families(reading)]
    return {metric.name + suffix for metric in metrics for suffix in SUFFIXES[metric.type]}


SAMPLES = _samples()


def _base(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


def test_every_metric_is_documented_and_nothing_else() -> None:
    told = set(METRIC.findall((ROOT / "docs/metrics.md").read_text()))
    ours = {_base(name) for name in SAMPLES if name.startswith("crossdock_")}
    assert told == ours
