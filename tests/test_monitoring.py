"""Metrics, alert rules and dashboards name the same things, and each is documented."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client import CollectorRegistry, generate_latest

from events.registry import CONSUMERS
from operations.monitoring.queues import QueueLook
from schemas.figures import Figures, JobRun, Waiting
from tests.servers.prometheus import program
from workers.metrics.process_metrics import ProcessMetrics
from workers.metrics.state_families import Reading, families

ROOT = Path(__file__).parent.parent
MONITORING = ROOT / "monitoring"
RULES = MONITORING / "prometheus/alerts.yml"
DASHBOARD = json.loads((MONITORING / "grafana/dashboards/crossdock.json").read_text())
QUESTIONS = ("Is it up?", "Is it behind?", "What is blocked?", "What failed?", "What does it cost?")
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
    errors={("commerce", "", "try later"): 1},
    budgets={("amazon", "A1", "getOrder"): 0.0},
    jobs={"sync": JobRun(at=datetime.now(UTC), failed=False)},
)


class State:
    """The state that the leading scheduler shows."""

    def collect(self) -> Any:
        return families(Reading(NONE, {"importer": QueueLook(0, 0, 0.0)}, {}, datetime.now(UTC)))


def _registry() -> CollectorRegistry:
    registry = ProcessMetrics().registry
    registry.register(State())
    return registry


def _samples() -> set[str]:
    """Return the names of all samples that `/metrics` may have."""
    metrics = [*_registry().collect()]
    return {metric.name + suffix for metric in metrics for suffix in SUFFIXES[metric.type]}


SAMPLES = _samples()


def _base(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


def test_every_metric_is_documented_and_nothing_else() -> None:
    documented = set(METRIC.findall((ROOT / "docs/metrics.md").read_text()))
    ours = {_base(name) for name in SAMPLES if name.startswith("crossdock_")}
    assert documented == ours


@cache
def _alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def _expressions() -> dict[str, str]:
    """Return all expressions by their alert or panel."""
    panels = {f"{panel['title']} {each['refId']}": each["expr"] for panel in _panels() for each in panel["targets"]}
    return {name: rule["expr"] for name, rule in _alerts().items()} | panels


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own checker, from Debian's package `prometheus`."""
    return program("promtool")


def _run(promtool: str, *arguments: str, text: str | None = None) -> None:
    done = subprocess.run([promtool, *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", _expressions())
def test_every_metric_of_a_rule_or_a_panel_exists(name: str) -> None:
    documented = set(re.findall(r"\b(?:crossdock|process)_[a-z_]+[a-z]\b", _expressions()[name]))
    assert documented or "up{" in _expressions()[name]
    assert documented - SAMPLES == set()


def test_the_metrics_are_what_prometheus_checks_them_for(promtool: str) -> None:
    ours = [line for line in generate_latest(_registry()).decode().splitlines(keepends=True) if "crossdock" in line]
    _run(promtool, "check", "metrics", text="".join(ours))


def test_the_configuration_and_the_rules_are_valid(promtool: str) -> None:
    _run(promtool, "check", "config", str(MONITORING / "prometheus/prometheus.yml"))


def test_every_alert_fires_when_it_should_and_not_before(promtool: str) -> None:
    _run(promtool, "test", "rules", str(RULES.with_name("alerts.test.yml")))


def test_every_alert_is_tested_silent_and_firing() -> None:
    tests = yaml.safe_load(RULES.with_name("alerts.test.yml").read_text())["tests"]
    proven = [(each["alertname"], bool(each["exp_alerts"])) for test in tests for each in test["alert_rule_test"]]
    assert Counter(proven) == Counter([(name, fires) for name in _alerts() for fires in (False, True)])


def test_every_alert_has_a_page_with_its_remedy() -> None:
    page = (ROOT / "docs/alerts.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(_alerts())
    for name, rule in _alerts().items():
        assert sections[name].startswith(f"*{rule['labels']['severity'].capitalize()}.*")
        assert "\n1. " in sections[name], f"{name} says what to do"
        assert rule["annotations"]["runbook_url"].endswith(f"/docs/alerts.md#{name.lower()}")


def test_prometheus_reads_every_process_of_compose() -> None:
    jobs = yaml.safe_load((MONITORING / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    (services,) = (job["dns_sd_configs"][0]["names"] for job in jobs if job["job_name"] == "crossdock")
    assert services == [*CONSUMERS, "relay", "scheduler", "intake-amazon", "intake-commerce", "console"]


def test_every_panel_is_a_query_that_prometheus_reads(promtool: str, tmp_path: Path) -> None:
    """Grafana replaces $__rate_interval; as recording rules promtool reads the queries of panels, too."""
    queries = [each["expr"].replace("$__rate_interval", "1m") for panel in _panels() for each in panel["targets"]]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(queries)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    _run(promtool, "check", "rules", str(tmp_path / "panels.yml"))


def test_the_dashboard_answers_the_five_questions_in_turn() -> None:
    rows = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert tuple(row["title"] for row in rows) == QUESTIONS
    page = (ROOT / "docs/operations.md").read_text()
    assert [page.index(f"| {question} |") for question in QUESTIONS] == sorted(
        page.index(f"| {question} |") for question in QUESTIONS
    )


def _differences(ours: Any, read: Any, path: str = "") -> Iterator[str]:
    """Return the paths of what a document has and its reading has not, or has otherwise."""
    if isinstance(ours, dict) and isinstance(read, dict):
        for name, value in ours.items():
            yield from _differences(value, read.get(name), f"{path}/{name}")
    elif isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        for number, value in enumerate(ours):
            yield from _differences(value, read[number], f"{path}/{number}")
    elif ours != read:
        yield path


def test_grafanas_own_types_know_every_field_of_the_dashboard() -> None:
    register_default_plugins()  # the types of panels' options and of Prometheus' queries
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    # The data source Prometheus reads titles of annotations, which the dashboard's own types leave to it.
    assert list(_differences(DASHBOARD, read)) == ["/annotations/list/0/titleFormat"]


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in _panels():
        assert panel["description"]
        assert panel["datasource"]["uid"] == "${datasource}"
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart_across = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_down = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_across or apart_down


def test_the_pages_name_panels_and_alerts_that_exist() -> None:
    titles = {panel["title"] for panel in _panels()}
    pages = {name: (ROOT / "docs" / name).read_text() for name in ("operations.md", "alerts.md")}
    for page in pages.values():
        documented = re.findall(r"panels? \*([^*]+)\*(?:(?: and|,) \*([^*]+)\*)?", page)
        assert {title for found in documented for title in found if title} <= titles
        assert set(re.findall(r"\bCrossdock[A-Z]\w+", page)) <= set(_alerts())
