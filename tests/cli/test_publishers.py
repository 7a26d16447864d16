"""crossdock publishers: bind, list, remove; and who published an event is shown."""

import json

import pytest

from tests.builders import STORE_ID, placed
from tests.cli.conftest import Shell
from tests.harness import event_of, message_of


def test_publishers_are_bound_listed_and_removed(shell: Shell) -> None:
    shell.ok("publishers", "set", "shop", "--store", "us", "--store", "de", "--event", "order.placed")
    shell.ok("publishers", "set", "warehouse")
    assert shell.ok("publishers", "list", "--json").json == [
        {"account": "shop", "stores": ["us", "de"], "events": ["order.placed"], "tokens": 0, "newest_token": None},
        {"account": "warehouse", "stores": [], "events": [], "tokens": 0, "newest_token": None},
    ]
    shell.ok("publishers", "remove", "shop")
    assert shell.ok("publishers", "list").out == "ACCOUNT\tSTORES\tEVENTS\tTOKENS\nwarehouse\tall\tall\t0\n"
    assert shell.run("publishers", "remove", "shop").err == "crossdock: There is no publisher shop.\n"


def test_a_token_is_shown_once_counted_and_revoked(shell: Shell) -> None:
    assert "bind it to its stores" in shell.run("publishers", "token", "shop").err
    shell.ok("publishers", "set", "shop")
    made = shell.ok("publishers", "token", "shop")
    assert len(made.out.strip()) == 43
    assert shell.ok("publishers", "token", "shop", "--json").json["account"] == "shop"
    (listed,) = shell.ok("publishers", "list", "--json").json
    assert (listed["tokens"], made.out.strip() in str(listed)) == (2, False)
    assert shell.ok("publishers", "revoke-tokens", "shop").out == "shop has no token any longer; revoked: 2.\n"
    assert shell.run("publishers", "revoke-tokens", "shop").code == 1


@pytest.mark.parametrize(
    "words",
    [("crossdock-relay",), ("?",), ("shop", "--event", "cancel.requested"), ("shop", "--event", "order.imported")],
)
def test_a_wrong_binding_of_a_publisher_is_refused(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.run("publishers", "set", *words).code == 1
    assert shell.ok("publishers", "list", "--json").json == []


def test_who_published_an_event_is_shown_with_the_order_and_with_the_letter(shell: Shell) -> None:
    for event_id, store_id in (("1", STORE_ID), ("2", "de")):
        event = event_of(placed(store_id=store_id), event_id)
        message = message_of(event, "order.placed")._replace(headers={"publisher": "shop"})
        shell.receive("order-placed", message)
        shell.ok("publishers", "set", "shop", "--store", STORE_ID)
    history = shell.ok("orders", "history", event["data"]["amazon_order_id"], "--json").json
    assert [(line["publisher"], line["source"]) for line in history] == [("shop", "/upstream")]
    assert "\tshop\t/upstream\t" in shell.ok("orders", "history", event["data"]["amazon_order_id"]).out
    (letter,) = shell.ok("dead-letters", "list", "--json").json
    assert (letter["publisher"], letter["source"]) == ("shop", "/upstream")
    shown = json.loads(shell.ok("dead-letters", "show", letter["id"], "--json").out)
    assert "speaks for" in shown["reason"]


@pytest.mark.parametrize("name", ["cancel.requested", "order.imported"])
def test_publishing_a_file_is_for_the_events_of_publishers(shell: Shell, name: str) -> None:
    order = {"store_id": "us", "amazon_order_id": "114-0000003-0000003"}
    data = {**order, "reason": "NoInventory", "commerce_order": {"number": "1", "status": "processing"}}
    answer = shell.run("publish", "-", text=json.dumps({"type": name, "data": data}))
    assert answer.code == 1
    assert f"Only Crossdock publishes {name}" in answer.err
