"""crossdock publish --from: a store takes the orders of its marketplace, and nobody's name makes a store."""

import json

import pytest

from events.envelope import encode
from tests.builders import START, STORE_ID, a_report, placed
from tests.cli.conftest import Shell
from tests.cli.test_publish import REPORT, amazon_document
from tests.harness import event_of


@pytest.mark.parametrize(("misspelt", "nearest"), [("test-stroe", "; the nearest is test-store"), ("x", "")])
def test_a_store_that_nobody_added_is_refused_with_the_nearest(shell: Shell, misspelt: str, nearest: str) -> None:
    shell.ok("stores", "add", STORE_ID)
    answer = shell.run("publish", "-", "--from", "all-orders-report", "--store", misspelt, text=REPORT)
    expected = f"crossdock: There is no store {misspelt}{nearest}; see `crossdock stores list`.\n"
    assert (answer.code, answer.out, answer.err) == (1, "", expected)
    shell.work()
    assert [store["store_id"] for store in shell.ok("stores", "list", "--json").json] == [STORE_ID]


def test_before_the_first_store_the_command_names_the_one_that_adds_it(shell: Shell) -> None:
    answer = shell.run("publish", "-", "--from", "amazon-order", text="{}")
    assert (answer.code, "There is no store yet; add it with `crossdock stores add`." in answer.err) == (2, True)


def _region_report() -> str:
    """A report of a region: two orders of Amazon.com, one of Amazon.de, two of Amazon.co.uk."""
    channels = ("Amazon.com", "Amazon.de", "amazon.co.uk", "Amazon.com", "Amazon.co.uk")
    rows = (
        f"111-0000001-000000{number}\t2026-05-04T10:00:00Z\t2026-05-04T10:00:00Z\tPending\tMerchant\t{channel}\tSKU-1\t1"
        for number, channel in enumerate(channels)
    )
    header = "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\tsku"
    return "\n".join((f"{header}\tquantity", *rows))


def test_a_report_of_a_region_gives_each_store_the_orders_of_its_marketplace(shell: Shell) -> None:
    stores = {"us": "ATVPDKIKX0DER", "de": "A1PA6795UKMFR9", "uk": "A1F83G8C2ARO7P", "fr": "A13V1IB3VIYZZH"}
    counts = {}
    for store, marketplace in stores.items():
        shell.ok("stores", "add", store, "--marketplace-id", marketplace)
        words = ("publish", "-", "--from", "all-orders-report", "--store", store, "--json")
        result = shell.ok(*words, text=_region_report()).json
        counts[store] = result["published"], result["left_out"]
    assert counts == {"us": (2, 3), "de": (1, 4), "uk": (2, 3), "fr": (0, 5)}
    shell.work()
    orders = shell.ok("orders", "list", "--json", "--page-size", "100").json["orders"]
    assert len(orders) == len({order["amazon_order_id"] for order in orders}) == 5


def test_people_read_how_many_orders_are_left_out_and_of_which_marketplace(shell: Shell) -> None:
    shell.ok("stores", "add", "de", "--marketplace-id", "A1PA6795UKMFR9")
    answer = shell.ok("publish", "-", "--from", "all-orders-report", text=_region_report())
    assert answer.err == (
        "2 orders are left out: of the marketplace A1F83G8C2ARO7P, which is not the store's.\n"
        "2 orders are left out: of the marketplace ATVPDKIKX0DER, which is not the store's.\n"
    )


def test_a_store_without_a_marketplace_takes_all_orders(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    words = ("publish", "-", "--from", "all-orders-report", "--json")
    result = shell.ok(*words, text=_region_report()).json
    assert (result["published"], result["left_out"], result["remarks"]) == (5, 0, [])


@pytest.mark.parametrize("shape", ["amazon-order", "amazon-notification"])
def test_orders_and_notifications_of_another_marketplace_are_left_out(shell: Shell, shape: str) -> None:
    shell.ok("stores", "add", "de", "--marketplace-id", "A1PA6795UKMFR9")
    result = shell.ok("publish", "-", "--from", shape, "--json", text=amazon_document(shape)).json
    assert (result["published"], result["left_out"]) == (0, 1)


def _lines(*store_ids: str) -> str:
    """An order of each store: as a type with data and as a CloudEvent in turn."""
    bodies = []
    for number, store_id in enumerate(store_ids):
        payload = placed(store_id=store_id, amazon_order_id=f"123-1234567-{number:07}")
        full = event_of(payload)
        bodies.append(full if number % 2 else {"type": full["type"], "data": full["data"]})
    return "\n".join(map(json.dumps, bodies))


def test_events_of_unknown_stores_are_refused_each_store_once_with_the_nearest(shell: Shell) -> None:
    shell.add_stores(STORE_ID, "de")
    lines = _lines("test-stroe", STORE_ID, "test-stroe", "test-stroe", "zz", "de")
    answer = shell.run("publish", "-", text=lines)
    assert (answer.code, answer.out) == (1, "Queued 2 events of 2 orders; `crossdock up` handles them.\n")
    assert answer.err == (
        "line 1: there is no store test-stroe; the nearest is test-store. 3 events not published.\n"
        "line 5: there is no store zz. 1 event not published.\n"
        "`crossdock stores list` lists the stores, `crossdock stores add` adds one.\n"
    )
    result = shell.run("publish", "-", "--json", text=lines).json
    assert result["unknown_stores"][0] == {
        "store_id": "test-stroe",
        "events": 3,
        "first_line": 1,
        "nearest": "test-store",
    }
    assert shell.ok("stores", "waiting", "--json").json == {"stores": [], "count": 0, "events": 0}


def test_a_file_of_invented_stores_is_answered_in_a_few_lines(shell: Shell) -> None:
    answer = shell.run("publish", "-", text=_lines(*(f"invented-{number}" for number in range(90))))
    assert (answer.code, len(answer.err.splitlines())) == (1, 22)
    assert "70 more unknown stores." in answer.err


def test_where_events_may_add_stores_no_store_is_refused(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_STORES_BY_EVENTS", "true")
    assert shell.ok("publish", "-", text=_lines("new")).err == ""


def test_events_that_no_store_has_are_published(shell: Shell) -> None:
    assert shell.ok("publish", "-", text='{"type": "catalog.changed", "data": {"sku": "SKU-1"}}').err == ""


def test_a_waiting_store_is_shown_until_one_command_lets_its_events_go_on(shell: Shell) -> None:
    events = [encode(payload, payload.status, START) for payload in (placed(store_id="new"), a_report(store_id="new"))]
    for consumer, event in zip(("order-placed", "status-changed"), events, strict=True):
        shell.receive(consumer, event)
    message = "2 events wait for a store that nobody has added: new."
    assert shell.ok("orders", "list", "--json").json["system_message"] == message
    assert message in shell.run("doctor").out
    listed = shell.ok("stores", "waiting", "--json").json
    assert (listed["events"], listed["stores"][0]["command"]) == (2, "crossdock stores add new")
    assert shell.ok("stores", "waiting").out.splitlines()[1].split("\t")[:2] == ["new", "2"]
    assert "1 unknown store" in shell.ok("stores", "list").err
    assert "its store is added" in json.dumps(shell.ok("orders", "explain", placed().amazon_order_id, "--json").json)
    added = shell.ok("stores", "add", "new", "--integrated-at", "2026-01-01")
    assert added.err.startswith("2 events that waited for the store go on.")
    shell.work()
    assert shell.ok("orders", "show", placed().amazon_order_id, "--json").json["amazon_status"] == "Unshipped"
    assert shell.ok("orders", "list", "--json").json["system_message"] != message
    assert "No event waits for its store." in shell.run("doctor").out
