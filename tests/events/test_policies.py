"""Policies in place of arguments: a queue does the same with them, on a real broker."""

import json
import shlex
from contextlib import closing
from urllib.parse import quote, unquote, urlsplit

import pika
from pydantic import SecretStr

from events.open_bus import open_bus
from events.policies import QUEUE_TYPE, by_policies, policies, policies_script
from events.topology import TOPOLOGY
from operations.topology import apply_topology, check_topology
from schemas.settings import Settings
from tests.harness import eventually
from tests.servers.rabbitmq import ask
from tests.servers.tiers import Server


def test_a_queue_does_by_its_policy_what_its_arguments_would(broker_server: Server, vhost_url: str) -> None:
    vhost = quote(unquote(urlsplit(vhost_url).path.removeprefix("/")), safe="")
    for policy in policies(TOPOLOGY):
        definition = {"pattern": policy.pattern, "definition": policy.definition, "priority": 10, "apply-to": "queues"}
        ask(broker_server, "PUT", f"/api/policies/{vhost}/{policy.name}", definition)
    settings = Settings(broker_url=SecretStr(vhost_url), queue_policies=True)
    apply_topology(settings)
    assert check_topology(settings).problems == ()
    wanted = {
        queue.name: {name.removeprefix("x-"): value for name, value in queue.arguments.items() if name != QUEUE_TYPE}
        for queue in TOPOLOGY.queues
    }

    def effective() -> dict[str, object]:
        found = json.loads(ask(broker_server, "GET", f"/api/queues/{vhost}"))
        assert all(list(queue["arguments"]) == [QUEUE_TYPE] for queue in found)
        return {queue["name"]: queue.get("effective_policy_definition") for queue in found}

    eventually(lambda: effective() == wanted, "the broker's own figures have every policy")
    with closing(pika.BlockingConnection(pika.URLParameters(vhost_url))) as connection:
        channel = connection.channel()
        channel.basic_publish("", "importer", b"{}", pika.BasicProperties(delivery_mode=2))
        method = next(method for method, _, _ in channel.consume("importer", inactivity_timeout=30) if method)
        channel.basic_reject(method.delivery_tag, requeue=False)
        channel.cancel()
    with closing(open_bus(vhost_url, "test")) as bus:
        eventually(lambda: bus.message_count("importer.dead") == 1, "the rejected message is in the dead-letter queue")


def test_queues_that_have_arguments_differ_from_those_for_policies(vhost_url: str) -> None:
    settings = Settings(broker_url=SecretStr(vhost_url))
    apply_topology(settings)
    by_policy = settings.model_copy(update={"queue_policies": True})
    problems = check_topology(by_policy).problems
    assert len(problems) == len(TOPOLOGY.queues)
    assert all("other arguments" in problem for problem in problems)


def test_the_script_sets_a_policy_for_each_queue_and_for_no_other() -> None:
    lines = [shlex.split(line) for line in policies_script(policies(TOPOLOGY), "my shop").splitlines()]
    assert [line[-3] for line in lines] == [f"crossdock-{queue.name}" for queue in TOPOLOGY.queues]
    assert {line[3] for line in lines} == {"my shop"}
    patterns = [line[-2] for line in lines]
    assert "^importer$" in patterns
    assert "^importer[.]dead$" in patterns
    assert json.loads(lines[-1][-1])["delivery-limit"] > 0


def test_bindings_and_exchanges_stay_the_same() -> None:
    bare = by_policies(TOPOLOGY)
    assert (bare.exchanges, bare.bindings) == (TOPOLOGY.exchanges, TOPOLOGY.bindings)
    assert [queue.arguments for queue in bare.queues] == [{"x-queue-type": "quorum"}] * len(bare.queues)
