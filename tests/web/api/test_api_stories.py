"""Stories of people who use the API, from the address to the ledger."""

import json
from threading import Event, Thread

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.people.audit import list_actions
from schemas.people import Role
from schemas.product import Product
from schemas.status import ImportState
from tests.builders import HOME, ORDER_ID, STORE_ID, a_report, an_item, placed
from tests.harness import Pipeline
from tests.letters import block, carrier, failed, order_id, the_letter
from tests.web.people import api_client

V1 = "/api/v1"
PLENTY = Product(sku="SKU-1", name="SKU-1", quantity=100)


def data_of(answer: object) -> dict[str, object]:
    """Return the answer to a request that was carried out."""
    assert answer.status_code in (200, 201), answer.text  # type: ignore[attr-defined]
    return dict(answer.json())  # type: ignore[attr-defined]


def test_a_list_is_read_page_by_page_without_a_gap(pipeline: Pipeline, api: TestClient) -> None:
    pipeline.handle(*(placed(amazon_order_id=order_id(number)) for number in range(5)))
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"{V1}/orders", params={"limit": 2, "sort": "amazon_order_id", "cursor": cursor}).json()
        found += [order["amazon_order_id"] for order in page["orders"]]
        cursor = page["next"]
    assert sorted(found) == sorted(order_id(number) for number in range(5))
    exported = api.get(f"{V1}/order-exports", params={"sort": "amazon_order_id", "descending": False})
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert [line.split(",")[1] for line in exported.text.splitlines()[1:]] == sorted(found)
    stores: list[str] = []
    cursor = ""
    for number in range(3):
        data_of(api.post(f"{V1}/stores", json={"store_id": f"store-{number}"}))
    while cursor is not None:
        page = api.get(f"{V1}/stores", params={"limit": 1, "cursor": cursor}).json()
        stores += [store["store_id"] for store in page["items"]]
        cursor = page["next_cursor"]
    assert stores == ["store-0", "store-1", "store-2", STORE_ID]
    assert [card["store"]["store_id"] for card in api.get(f"{V1}/store-cards").json()["items"]] == stores


def test_a_blocked_order_is_explained_fixed_and_imported(pipeline: Pipeline, api: TestClient) -> None:
    block(pipeline)
    (row,) = api.get(f"{V1}/orders", params={"import_state": "blocked"}).json()["orders"]
    order = f"{V1}/orders/{row['amazon_order_id']}"
    explained = data_of(api.get(f"{order}/explanation"))
    assert explained["blocked_on"][0]["remedy"]["kind"] == "match_listing"  # type: ignore[index]
    data_of(api.patch(f"{V1}/products/SKU-1", json={"changes": {"quantity": 5}}))
    pipeline.drain()
    assert api.get(order).json()["import_state"] == ImportState.IMPORTED.value
    history = api.get(f"{order}/history").json()["items"]
    assert history[-1]["event"] == "import.requested"
    assert api.get(f"{order}/timeline").json()["entries"][0]["name"] == "order.placed"


def test_staff_acts_on_an_order_and_the_audit_log_has_their_name(pipeline: Pipeline, app: FastAPI) -> None:
    staff = api_client(app, Role.STAFF)
    pipeline.handle(placed(), a_report("Unshipped", shipping_address=HOME))
    order = f"{V1}/orders/{ORDER_ID}"
    seen = data_of(staff.get(f"{order}/personal-data"))["address"]
    assert seen["city"] == "Testville"  # type: ignore[index]
    data_of(staff.patch(f"{order}/address", json={"changes": {"city": "Elsewhere"}, "seen": {"city": "Testville"}}))
    data_of(staff.post(f"{order}/import"))
    data_of(staff.post(f"{order}/reset-facts", json={"reason": "a wrong report"}))
    data_of(staff.post(f"{order}/cancel", json={"reason": "NoInventory"}))
    assert staff.post(f"{order}/accept-total", json={"reason": "agreed", "total": "11.01"}).status_code == 409
    assert staff.post(f"{order}/decline-cancellation", json={"reason": "agreed"}).status_code == 409
    acts = [
        (act.who, act.action) for act in reversed(list_actions(pipeline.context).rows) if act.action != "token.create"
    ]
    assert acts == [
        ("staff", "personal_data.look"),
        ("staff", "order.edit_address"),
        ("staff", "order.request_import"),
        ("staff", "order.reset_facts"),
        ("staff", "order.cancel"),
    ]


def test_letters_are_replayed_by_a_plan_and_followed_to_the_end(pipeline: Pipeline, api: TestClient) -> None:
    block(pipeline, range(3))
    pipeline.commerce.catalog.save([PLENTY])
    selection = {"filter": {"class": "blocked"}, "pace": {"rate": 100, "ramp": False}}
    plan = data_of(api.post(f"{V1}/replay-plans", json=selection))
    assert (plan["count"], plan["would_run"]) == (3, 3)
    start = selection | {"token": plan["token"], "reason": "the product is there"}
    replay_id = str(data_of(api.post(f"{V1}/replays", json=start))["replay_id"])
    assert api.post(f"{V1}/replays", json=start).status_code == 409
    replay = f"{V1}/replays/{replay_id}"
    assert data_of(api.post(f"{replay}/pause", json={"reason": "wait"}))["sums"]["state"] == "paused"  # type: ignore[index]
    data_of(api.post(f"{replay}/resume", json={"reason": "go on"}))
    done = Event()
    worker = Thread(target=_carry_out, args=(pipeline, replay_id, done))
    worker.start()
    try:
        with api.stream("GET", f"{replay}/progress-events") as stream:
            lines = [line for line in stream.iter_lines() if line.startswith("data:")]
    finally:
        done.set()
        worker.join()
    last = json.loads(lines[-1].removeprefix("data:"))
    assert (last["sums"]["state"], last["sums"]["ok"]) == ("finished", 3)
    assert len(api.get(f"{replay}/letters", params={"state": "ok"}).json()["items"]) == 3
    assert data_of(api.get(f"{V1}/replays"))["items"][0]["replay_id"] == replay_id  # type: ignore[index]


def _carry_out(pipeline: Pipeline, replay_id: str, done: Event) -> None:
    run = carrier(pipeline, replay_id)
    while not done.wait(0.05):
        run.turn()
        pipeline.drain()


def test_a_letter_is_seen_corrected_and_sent(pipeline: Pipeline, api: TestClient) -> None:
    failed(pipeline)
    letter = f"{V1}/dead-letters/{the_letter(pipeline).id}"
    shown = data_of(api.get(f"{letter}/message"))
    message = json.loads(str(shown["text"]))
    message["data"]["items"] = [an_item().model_dump(mode="json", exclude_none=True)]
    corrected = {"message": json.dumps(message)}
    preview = data_of(api.post(f"{letter}/edit-preview", json=corrected))
    assert [change["path"] for change in preview["changes"]] == ["data.items.0"]  # type: ignore[attr-defined]
    sent = corrected | {"reason": "items were missing", "version": shown["version"]}
    assert data_of(api.post(f"{letter}/edit", json=sent))["consumer"] == "order-placed"
    pipeline.drain()
    assert pipeline.order(order_id(0)).amazon_order_id == order_id(0)


def test_letters_are_discarded_with_a_reason(pipeline: Pipeline, api: TestClient) -> None:
    failed(pipeline)
    wanted = {"filter": {"class": "failed"}}
    assert data_of(api.post(f"{V1}/dead-letter-discards/preview", json=wanted))["letters"] == 1
    assert data_of(api.post(f"{V1}/dead-letter-discards", json=wanted | {"reason": "a test"}))["letters"] == 1
    assert api.get(f"{V1}/dead-letters").json()["items"] == []
    assert len(api.get(f"{V1}/dead-letters", params={"state": "all"}).json()["items"]) == 1


def test_products_and_events_come_as_files(pipeline: Pipeline, api: TestClient) -> None:
    csv = b"sku,name,quantity\nSKU-1,A mug,5\nSKU-2,,many\n"
    imported = data_of(api.post(f"{V1}/product-imports", content=csv, headers={"Content-Type": "text/csv"}))
    assert (imported["saved"], imported["broken_lines"][0]["line"]) == (1, 3)  # type: ignore[index]
    line = json.dumps({"type": "order.placed", "data": placed().model_dump(mode="json", exclude_none=True)})
    file = f"{line}\nno event\n".encode()
    published = data_of(api.post(f"{V1}/events", content=file, headers={"Content-Type": "application/x-ndjson"}))
    assert (published["published"], published["refused_count"]) == (1, 1)
    pipeline.drain()
    assert pipeline.order().store_id == STORE_ID


@pytest.mark.parametrize(
    "path", ["doctor", "topology", "accounts", "settings", "vault/keys", "vault/public-key", "event-schemas"]
)
def test_crossdock_shows_its_state(api: TestClient, path: str) -> None:
    assert data_of(api.get(f"{V1}/{path}"))
