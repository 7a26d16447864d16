"""The container configuration, read without a Docker engine."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from events.accounts import PREFIX, accounts
from events.registry import CONSUMERS
from operations.accounts import write_accounts

ROOT = Path(__file__).parent.parent
Service = dict[str, Any]

INTAKES = {"intake-amazon", "intake-commerce"}
OURS = {*CONSUMERS, *INTAKES, "relay", "scheduler", "console", "migrate", "topology"}
MONITORING = {"prometheus", "grafana"}


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    """The services of compose.yaml, with anchors and merges resolved."""
    found: dict[str, Service] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def test_each_consumer_is_a_service_that_works_its_queue(services: dict[str, Service]) -> None:
    commands = {name: service.get("command") for name, service in services.items() if name in CONSUMERS}
    assert commands == {consumer: ["work", consumer] for consumer in CONSUMERS}


def test_the_services_are_ours_the_two_servers_and_the_monitoring(services: dict[str, Service]) -> None:
    assert set(services) == OURS | {"rabbitmq", "postgres"} | MONITORING


def test_monitoring_and_intakes_start_where_they_are_asked_for(services: dict[str, Service]) -> None:
    profiles = {name: service["profiles"] for name, service in services.items() if "profiles" in service}
    asked_for = {name: [name.removeprefix("intake-")] for name in INTAKES}
    assert profiles == {name: ["monitoring"] for name in MONITORING} | asked_for
    files = [volume.split(":")[0] for name in MONITORING for volume in services[name]["volumes"]]
    assert all((ROOT / file).is_dir() for file in files if file.startswith("./"))


def test_prometheus_can_read_the_processes(services: dict[str, Service]) -> None:
    for name in OURS - {"migrate", "topology"}:
        assert services[name]["environment"]["CROSSDOCK_HEALTH_HOST"] == "0.0.0.0"  # noqa: S104 - in its network
        assert services[name]["environment"]["CROSSDOCK_HEALTH_PORT"] == "8080"


def test_the_conditions_that_a_service_waits_for_can_be_met(services: dict[str, Service]) -> None:
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in services[other], f"{name} waits for the health of {other}"
            else:
                assert wait["condition"] == "service_completed_successfully"
                assert services[other]["restart"] == "no", f"{name} waits for the end of {other}"


def test_no_consumer_starts_before_tables_and_queues_are_there(services: dict[str, Service]) -> None:
    for consumer in CONSUMERS:
        assert set(services[consumer]["depends_on"]) == {"rabbitmq", "postgres", "migrate", "topology"}


def test_every_service_can_be_scaled(services: dict[str, Service]) -> None:
    for consumer in CONSUMERS:
        assert not {"container_name", "ports", "hostname"} & set(services[consumer])


def test_our_processes_have_no_unneeded_privilege(services: dict[str, Service]) -> None:
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["init"] is True


def test_ports_are_open_to_this_machine_only(services: dict[str, Service]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def _secrets(services: dict[str, Service]) -> Iterator[str]:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if name.endswith(("_URL", "_KEY")) or "PASS" in name:
                yield value


def test_every_secret_comes_from_the_environment_and_must_be_set(services: dict[str, Service]) -> None:
    secrets = list(_secrets(services))
    assert len(secrets) == 3 * (len(OURS) - 2) + 2 + 1 + 4
    assert all(":?" in secret for secret in secrets)


def test_each_process_has_the_accounts_of_its_work(services: dict[str, Service], tmp_path: Path) -> None:
    names = {account.role: account.name for account in accounts(PREFIX)}
    write_accounts(tmp_path, "/", "crossdock", PREFIX, [])
    passwords = {line.partition("=")[0] for line in (tmp_path / "accounts.env").read_text().splitlines()}
    for service in OURS - {"migrate"}:
        user, variable = _login(services[service]["environment"]["CROSSDOCK_BROKER_URL"])
        role = "intake" if service in INTAKES else "reader" if service == "console" else service
        assert user == names[role]
        assert variable in passwords
    for service in OURS - {"topology"}:
        user, variable = _login(services[service]["environment"]["CROSSDOCK_DATABASE_URL"])
        assert user == ("crossdock_owner" if service == "migrate" else "crossdock_app")
        assert variable in passwords
    assert {name for name in services["postgres"]["environment"] if name.startswith("DATABASE_")} < passwords


def _login(url: str) -> tuple[str, str]:
    """Return the user of a URL, and the variable of the password."""
    found = re.match(r"\w+://([\w-]+):\$\{(\w+):\?", url)
    assert found
    return found[1], found[2]


def test_both_servers_start_with_the_files_that_make_the_accounts(services: dict[str, Service]) -> None:
    assert "./accounts/definitions.json:/etc/rabbitmq/definitions.json:ro" in services["rabbitmq"]["volumes"]
    (script,) = [volume for volume in services["postgres"]["volumes"] if volume.startswith("./accounts/")]
    assert script == "./accounts/postgresql.sql:/docker-entrypoint-initdb.d/crossdock.sql:ro"


def test_the_volume_of_postgresql_lies_where_version_18_keeps_its_data(services: dict[str, Service]) -> None:
    assert "database:/var/lib/postgresql" in services["postgres"]["volumes"]


def test_the_image_runs_as_an_unprivileged_user_and_is_built_from_the_lock() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    stages = [line for line in lines if line.startswith("FROM ")]
    assert users == ["10001"]
    assert len(stages) > 1
    assert any("--require-hashes" in line for line in lines)


def test_the_image_gets_every_file_it_copies() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"pyproject.toml", "requirements.lock", "README.md", "LICENSE"} <= kept
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench", "faults"} <= kept
