"""Events of Commerce: proven, recorded, and then answered; only those surely of somebody else are refused."""

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

import httpx2
import pytest

from schemas.dead_letters import LetterFilter
from tests.doubles import AwayLedger, watched
from tests.gateways.http.server import answer
from tests.intake.conftest import CLIENT_ID, KEY_PATH, WEBHOOK_SECRET, Served

SHIPMENT = "observer.sales_order_shipment_save_after"
TRACK = "observer.sales_order_shipment_track_save_after"
PRODUCT = "observer.catalog_product_save_after"


def event(name: str, value: dict[str, Any], event_id: str = "e-1", **attributes: Any) -> dict[str, Any]:
    """Return an event as Adobe delivers one of Commerce's."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "urn:uuid:a1b2",
        "type": f"com.adobe.commerce.{name}",
        "event_id": event_id,
        "recipient_client_id": CLIENT_ID,
        "data": {"key": "k", "value": value, "source": "shop", "_metadata": {"storeId": "1"}},
    } | attributes


def letters(served: Served) -> list[str]:
    """Return the reasons of the dead letters."""
    with served.ledger.read() as work:
        return [letter.reason for letter in work.dead_letters.latest(LetterFilter())]


def test_the_challenge_of_a_registration_is_answered(served: Served) -> None:
    response = served.get("/commerce/events?challenge=8ec8d794-0f5f")
    assert (response.status_code, response.text) == (200, "8ec8d794-0f5f")
    assert response.headers["content-type"].startswith("text/plain")
    assert served.get("/commerce/events?challenge=%3Cscript%3E").status_code == 400


def test_a_registration_is_confirmed_at_adobe_and_nowhere_else(served: Served) -> None:
    url = f"{served.adobe.server.url}/confirm?id=1"
    assert served.post("/commerce/events", json.dumps({"validationUrl": url}).encode()).status_code == 200
    assert served.adobe.server.requests[-1].target == "/confirm?id=1"
    for foreign in ("http://127.0.0.1:9/confirm", f"{served.adobe.server.url}.example.com/", "file:///etc/passwd"):
        assert served.post("/commerce/events", json.dumps({"validationUrl": foreign}).encode()).status_code == 401
    assert len(served.adobe.server.requests) == 1


def test_shipments_are_recorded_and_products_published(served: Served) -> None:
    delivered = served.deliver(
        event(SHIPMENT, {"entity_id": "17"}),
        event(TRACK, {"parent_id": 18, "entity_id": 4}),
        event(SHIPMENT, {"items": [{"entity_id": 3, "parent_id": 19}]}),
        event(PRODUCT, {"sku": "MUG", "entity_id": "1"}),
        event("observer.sales_order_save_commit_after", {"entity_id": 1}),
    )
    assert (delivered.status_code, delivered.json()) == (200, {"accepted": 5})
    assert (served.changed_shipments(), served.waiting("catalog-changed")) == (3, 1)


def test_a_repeated_delivery_makes_the_same_event(served: Served) -> None:
    for _ in range(2):
        assert served.deliver(event(PRODUCT, {"sku": "MUG"})).status_code == 200
    subscription = served.bus.subscribe("catalog-changed", 10)
    first, second = (subscription.receive(1, 5.0)[0].message for _ in range(2))
    assert first.id == second.id


def test_a_key_is_fetched_once_and_either_signature_suffices(served: Served) -> None:
    for number in range(3):
        assert served.deliver(event(PRODUCT, {"sku": f"MUG-{number}"})).status_code == 200
    fetched = [request.target for request in served.adobe.server.requests]
    assert (fetched.count(KEY_PATH), len(fetched)) == (1, 2)


def test_a_body_in_base64_is_signed_as_its_text(served: Served) -> None:
    text = json.dumps(event(PRODUCT, {"sku": "MUG"})).encode()
    headers = served.adobe.signed(b"", text=text)
    assert served.post("/commerce/events", base64.b64encode(text), **headers).status_code == 200


@pytest.mark.parametrize("changed", ["body", "path", "host", "missing", "not base64"])
def test_a_request_without_adobes_signature_is_not_believed(served: Served, changed: str) -> None:
    body = json.dumps(event(PRODUCT, {"sku": "MUG"})).encode()
    headers = served.adobe.signed(body)
    match changed:
        case "body":
            body = body.replace(b"MUG", b"TEE")
        case "path":
            headers["x-adobe-public-key2-path"] = "/prod/keys/../../etc/pub-key-1.pem"
        case "host":
            headers["x-adobe-public-key2-path"] = f"{served.adobe.server.url}{KEY_PATH}"
        case "missing":
            headers = {}
        case _:
            headers["x-adobe-digital-signature-2"] = "%%%"
    response = served.post("/commerce/events", body, **headers)
    assert (response.status_code, "not believed" in response.json()["error"]) == (401, True)
    assert served.waiting("catalog-changed") == 0


def test_events_for_another_client_are_refused(served: Served) -> None:
    assert served.deliver(event(PRODUCT, {"sku": "MUG"}, recipient_client_id="other")).status_code == 403
    assert served.waiting("catalog-changed") == 0


def test_while_the_key_cannot_be_had_adobe_is_to_send_it_again(served: Served) -> None:
    served.adobe.server.respond = answer(500)
    assert served.deliver(event(PRODUCT, {"sku": "MUG"})).status_code == 503
    served.adobe.server.respond = served.adobe.respond
    assert served.deliver(event(PRODUCT, {"sku": "MUG"})).status_code == 200


@pytest.mark.parametrize("away", ["broker", "ledger"])
def test_a_report_that_is_not_stored_is_answered_so_that_it_is_sent_again(served: Served, away: str) -> None:
    bus, watching = watched(served.bus)
    watching.fail_next = 1
    if away == "broker":
        served.changes._bus = bus
    else:
        served.changes._ledger = AwayLedger(served.ledger, 1)  # type: ignore[assignment]
    events = [event(SHIPMENT, {"entity_id": 17}), event(PRODUCT, {"sku": "MUG"})]
    assert served.deliver(*events).status_code == 503
    assert served.deliver(*events).status_code == 200
    assert served.changed_shipments() == 1
    subscription = served.bus.subscribe("catalog-changed", 10)
    assert len({delivery.message.id for delivery in subscription.receive(10, 5.0)}) == 1


def test_a_signed_event_that_cannot_be_read_is_kept_and_the_others_are_taken(served: Served) -> None:
    assert served.deliver(event(SHIPMENT, {"order_id": 3}), event(PRODUCT, {"sku": "MUG"})).status_code == 200
    assert served.waiting("catalog-changed") == 1
    (reason,) = letters(served)
    assert "subscribe to it with the field entity_id" in reason


def test_a_signed_body_that_is_no_json_is_kept(served: Served) -> None:
    for body in (b"{", b'{"a": \xff}', b"[1]", b"[" * 50_000):
        assert served.post("/commerce/events", body, **served.adobe.signed(body)).status_code == 200
    assert len(letters(served)) == 4


def hook(served: Served, document: Any, secret: str = WEBHOOK_SECRET, late: int = 0) -> httpx2.Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    at = str(int(served.ledger.now().timestamp()) - late)
    signature = hmac.new(secret.encode(), at.encode() + b"." + body, sha256).hexdigest()
    return served.post("/commerce/webhook", body, x_crossdock_signature=f"t={at},v1={signature}")


def test_the_shops_own_webhook_is_taken(served: Served) -> None:
    delivered = hook(served, {"id": "1", "shipments": [17, 18], "skus": ["MUG"]})
    assert (delivered.status_code, delivered.json()) == (200, {"accepted": 3})
    assert (served.changed_shipments(), served.waiting("catalog-changed")) == (2, 1)


def test_a_webhook_that_is_forged_or_replayed_later_is_refused(served: Served) -> None:
    assert "does not fit" in hook(served, {"skus": ["MUG"]}, secret="wrong").json()["error"]
    assert "more than 300 seconds" in hook(served, {"skus": ["MUG"]}, late=301).json()["error"]
    assert served.post("/commerce/webhook", b"{}").status_code == 401
    assert served.waiting("catalog-changed") == 0


@pytest.mark.parametrize(("late", "status"), [(200, 200), (-200, 200), (-400, 401)])
def test_a_webhook_of_a_clock_that_differs_a_little_is_taken(served: Served, late: int, status: int) -> None:
    assert hook(served, {"skus": ["MUG"]}, late=late).status_code == status
    assert served.waiting("catalog-changed") == (status == 200)


def test_a_webhook_that_is_sent_again_makes_the_same_event(served: Served) -> None:
    for late in (0, 5):
        assert hook(served, {"id": "7", "shipments": [17], "skus": ["MUG"]}, late=late).status_code == 200
    subscription = served.bus.subscribe("catalog-changed", 10)
    first, second = (subscription.receive(1, 5.0)[0].message for _ in range(2))
    assert (first.id, served.changed_shipments()) == (second.id, 1)


def test_events_of_one_delivery_with_the_same_id_are_both_taken(served: Served) -> None:
    delivered = served.deliver(event(PRODUCT, {"sku": "MUG"}), event(PRODUCT, {"sku": "TEE"}))
    assert delivered.status_code == 200
    subscription = served.bus.subscribe("catalog-changed", 10)
    assert len({subscription.receive(1, 5.0)[0].message.id for _ in range(2)}) == 2


@pytest.mark.parametrize("document", [b"{", [], {}, {"shipments": ["17"]}, {"shipments": [True]}, {"skus": [""]}])
def test_a_signed_webhook_without_content_is_refused_and_kept(served: Served, document: Any) -> None:
    assert hook(served, document).status_code == 422
    assert len(letters(served)) == 1


@pytest.mark.parametrize("path", ["/commerce/webhook", "/commerce/events"])
def test_a_delivery_that_is_too_large_or_compressed_is_refused(served: Served, path: str) -> None:
    assert served.post(path, b" " * (1024 * 1024 + 1)).status_code == 413
    assert served.post(path, b"{}", content_encoding="gzip").status_code == 415
