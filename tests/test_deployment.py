"""The manifests for Kubernetes, checked by its own tools where those can be had."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from events.accounts import PREFIX, accounts
from events.registry import CONSUMERS
from ledger.database.roles import role_names
from operations.accounts import write_accounts
from schemas.hosts import is_this_machine
from schemas.settings import read_settings, unknown_variables
from workers.process.shutdown import SHUTDOWN_TIMEOUT

ROOT = Path(__file__).parent.parent
KUBERNETES = ROOT / "deploy/kubernetes"
INTAKES = ["intake-amazon", "intake-commerce"]
PROCESSES = [*CONSUMERS, "relay", "scheduler", *INTAKES, "console"]
ROLES = {**dict.fromkeys(INTAKES, "intake"), "console": "reader"}
"""The accounts of processes that have none of their own name."""
VERSION = "1.37.0"

SCALED_OBJECT: dict[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "keda.sh/v1alpha1"},
        "spec": {
            "type": "object",
            "required": ["scaleTargetRef", "triggers"],
            "additionalProperties": False,
            "properties": {
                "scaleTargetRef": {
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {"name": {"type": "string"}},
                },
                **{
                    name: {"type": "integer", "minimum": 0}
                    for name in ("minReplicaCount", "maxReplicaCount", "pollingInterval", "cooldownPeriod")
                },
                "fallback": {
                    "required": ["failureThreshold", "replicas"],
                    "additionalProperties": False,
                    "properties": {
                        "failureThreshold": {"type": "integer"},
                        "replicas": {"type": "integer"},
                        "behavior": {"enum": ["static", "currentReplicas", "currentReplicasIfHigher"]},
                    },
                },
                "triggers": {
                    "type": "array",
                    "items": {
                        "required": ["type", "metadata"],
                        "additionalProperties": False,
                        "properties": {
                            "type": {"const": "prometheus"},
                            "name": {"type": "string"},
                            "metadata": {
                                "required": ["serverAddress", "query", "threshold"],
                                "additionalProperties": {"type": "string"},
                            },
                        },
                    },
                },
            },
        },
    },
}
"""The custom resource of KEDA: its required fields, and those that are used here."""


def documents(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text()))


def deployments() -> dict[str, dict[str, Any]]:
    return {document["metadata"]["name"]: document for document in documents(KUBERNETES / "base/processes.yaml")}


def common() -> dict[str, Any]:
    (document,) = documents(KUBERNETES / "base/process.yaml")
    pod: dict[str, Any] = document["spec"]["template"]["spec"]
    return pod


def jobs() -> dict[str, dict[str, Any]]:
    return {
        document["metadata"]["name"]: document["spec"]["template"]["spec"]
        for document in documents(KUBERNETES / "base/steps.yaml")
    }


def validate(document: dict[str, Any]) -> None:
    """Raise ValidationError for a manifest that Kubernetes would refuse."""
    from kubernetes_validate import validate  # noqa: PLC0415 - costs 4 s, which other tests do not have to wait

    validate(document, VERSION, strict=True)


def environment(pod: dict[str, Any]) -> dict[str, str]:
    (container,) = pod["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def literals() -> dict[str, str]:
    (generator,) = documents(KUBERNETES / "base/kustomization.yaml")[0]["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in generator["literals"])


@pytest.fixture(scope="module")
def built() -> list[dict[str, Any]]:
    """All objects, as Kustomize makes them."""
    ways = (["kustomize", "build"], ["kubectl", "kustomize"])
    for way in ways:
        if shutil.which(way[0]):
            made = subprocess.run([*way, KUBERNETES / "keda"], capture_output=True, text=True, check=False)
            assert made.returncode == 0, made.stderr
            return list(yaml.safe_load_all(made.stdout))
    pytest.skip("neither kustomize nor kubectl is installed")


def test_manifests_built_by_kustomize_are_valid_for_kubernetes(built: list[dict[str, Any]]) -> None:
    for document in built:
        if document["kind"] != "ScaledObject":
            validate(document)
    made = {document["metadata"]["name"]: document for document in built if document["kind"] == "Deployment"}
    assert set(made) == set(PROCESSES)
    replicas = {name: each["spec"].get("replicas") for name, each in made.items()}
    others = {"relay": 2, "scheduler": 2, **dict.fromkeys(INTAKES, 0), "console": 0}
    assert replicas == dict.fromkeys(CONSUMERS) | others
    for document in made.values():
        (container,) = document["spec"]["template"]["spec"]["containers"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in document["spec"]["template"]["spec"]["volumes"]}
        assert container["image"].startswith("crossdock:")


@pytest.mark.parametrize("name", ["processes.yaml", "process.yaml", "steps.yaml", "disruption.yaml", "network.yaml"])
def test_every_manifest_is_valid_for_kubernetes(name: str) -> None:
    for document in documents(KUBERNETES / "base" / name):
        if name == "process.yaml":  # a patch: the deployments have the other fields
            document["spec"] |= {"selector": {}}
            document["spec"]["template"]["spec"]["volumes"] += [{"name": "broker", "emptyDir": {}}]
        validate(document)


def test_every_process_has_a_deployment_with_its_command_its_account_and_its_password(tmp_path: Path) -> None:
    write_accounts(tmp_path, "/", "crossdock", PREFIX, [])
    passwords = {line.partition("=")[0] for line in (tmp_path / "accounts.env").read_text().splitlines()}
    names = {account.role: account.name for account in accounts(PREFIX)}
    found = deployments()
    assert list(found) == PROCESSES
    for process, document in found.items():
        pod = document["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["args"] == (["work", process] if process in CONSUMERS else process.split("-"))
        role = ROLES.get(process, process)
        assert environment(pod)["CROSSDOCK_BROKER_USER"] == names[role]
        assert unknown_variables(environment(pod)) == []
        (item,) = pod["volumes"][0]["secret"]["items"]
        assert item["key"] == f"BROKER_PASSWORD_{role.upper().replace('-', '_')}"
        assert item["key"] in passwords
        labels = {"app.kubernetes.io/component": process}
        assert (
            document["spec"]["selector"]["matchLabels"] == document["spec"]["template"]["metadata"]["labels"] == labels
        )


def test_the_steps_have_the_accounts_that_may_change_tables_and_queues() -> None:
    steps = jobs()
    assert {name: pod["containers"][0]["args"] for name, pod in steps.items()} == {
        "migrate": ["migrate"],
        "topology": ["topology", "apply"],
    }
    assert environment(steps["migrate"])["CROSSDOCK_DATABASE_USER"] == role_names(PREFIX)["owner"]
    assert environment(steps["topology"])["CROSSDOCK_BROKER_USER"] == "crossdock-topology"
    assert environment(common())["CROSSDOCK_DATABASE_USER"] == role_names(PREFIX)["app"]


def test_the_settings_are_some_and_no_secret_is_among_them(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("secret")
    given = literals() | environment(common()) | {"CROSSDOCK_BROKER_USER": "crossdock-importer"}
    given |= dict.fromkeys(("CROSSDOCK_BROKER_PASSWORD_FILE", "CROSSDOCK_DATABASE_PASSWORD_FILE"), str(password))
    assert unknown_variables(given) == []
    settings = read_settings(given)
    assert settings.broker_url.get_secret_value().startswith("amqps://crossdock-importer:secret@")
    assert settings.health_port == common()["containers"][0]["ports"][0]["containerPort"]
    text = "".join(path.read_text() for path in sorted(KUBERNETES.rglob("*.yaml")))
    assert "secretKeyRef" not in text, "secrets are files"


@pytest.mark.parametrize("pod", [common(), *jobs().values()])
def test_no_pod_has_an_unneeded_privilege(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]
    assert all(mount.get("readOnly") for mount in container["volumeMounts"] if mount["name"] != "tmp")


def test_a_process_is_probed_and_ended_as_it_behaves() -> None:
    (container,) = common()["containers"]
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    assert common()["terminationGracePeriodSeconds"] > SHUTDOWN_TIMEOUT


def test_one_process_of_each_kind_goes_on_while_a_node_is_emptied() -> None:
    budgets = documents(KUBERNETES / "base/disruption.yaml")
    selected = [budget["spec"]["selector"]["matchLabels"]["app.kubernetes.io/component"] for budget in budgets]
    assert selected == PROCESSES
    assert {budget["spec"]["maxUnavailable"] for budget in budgets} == {1}
    assert documents(KUBERNETES / "base/process.yaml")[0]["spec"]["replicas"] == 2


def test_keda_scales_every_consumer_by_depth_and_age_of_its_queue() -> None:
    scaled = documents(KUBERNETES / "keda/scaling.yaml")
    assert [each["spec"]["scaleTargetRef"]["name"] for each in scaled] == list(CONSUMERS)
    for document in scaled:
        Draft202012Validator(SCALED_OBJECT).validate(document)
        consumer = document["metadata"]["name"]
        queries = [trigger["metadata"]["query"] for trigger in document["spec"]["triggers"]]
        assert all(f'"{consumer}"' in query for query in queries)
        assert ["crossdock_queue_messages" in queries[0], "_age_seconds" in queries[1]] == [True, True]
    (kustomization,) = documents(KUBERNETES / "keda/kustomization.yaml")
    assert kustomization["patches"][0]["target"]["name"].split("|") == list(CONSUMERS)


def test_the_console_serves_other_machines_by_tls_alone() -> None:
    pod = deployments()["console"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    given = {name: value for name, value in environment(pod).items() if "BROKER" not in name}
    settings = read_settings(given)
    (mount,) = container["volumeMounts"]
    assert not is_this_machine(settings.console_host)
    assert not settings.allow_unencrypted
    assert {settings.console_tls_cert_file, settings.console_tls_key_file} == {
        f"{mount['mountPath']}/tls.{part}" for part in ("crt", "key")
    }
    assert container["ports"] == [{"name": "console", "containerPort": settings.console_port}]


def test_the_page_names_the_files_that_are_there() -> None:
    assert str(KUBERNETES.relative_to(ROOT)) in (ROOT / "docs/kubernetes.md").read_text()
