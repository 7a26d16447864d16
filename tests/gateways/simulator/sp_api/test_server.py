"""The simulated Amazon as its callers see it: signing in, personal data by role, rates, books, and trouble."""

import random
from typing import Any

import pytest

from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import HttpRequest, Trouble
from schemas.status import AmazonStatus
from tests.gateways.simulator.sp_api.accounts import (
    ID,
    LAMPS,
    MUGS,
    ORDER,
    ORDERS,
    Caller,
    Clock,
    an_order,
    clock_of,
    confirm,
    order,
    parcel,
    place,
    signed_in,
)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"refresh_token": "revoked"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "other"}, 400, "invalid_scope"),
    ],
)
def test_wrong_credentials_are_named(changes: dict[str, str], status: int, error: str) -> None:
    answered, document = Caller(AmazonServer()).sign_in(**changes)
    assert (answered, document["error"]) == (status, error)


def test_a_token_expires_after_an_hour_and_with_the_sellers_consent(amazon: Caller) -> None:
    clock_of(amazon).forward(minutes=59)
    assert amazon.call("GET", f"{ORDERS}/{ID}")[0] == 200
    clock_of(amazon).forward(minutes=2)
    status, document = amazon.call("GET", f"{ORDERS}/{ID}")
    assert (status, document["errors"][0]["details"]) == (403, "The access token you provided has expired.")
    amazon.sign_in()
    amazon.server.sign_in.revoked = True
    assert amazon.call("GET", f"{ORDERS}/{ID}")[0] == 403
    assert amazon.sign_in()[0] == 400


def test_personal_data_is_withheld_without_the_role() -> None:
    answers = []
    for may_see in (True, False):
        server = AmazonServer(may_see_personal_data=may_see)
        place(server, ORDER)
        answers.append(order(signed_in(server), "BUYER,RECIPIENT"))
    assert (answers[0]["buyer"]["buyerName"], answers[0]["recipient"]["deliveryAddress"]["name"]) == (
        "Test Buyer 1",
    ) * 2
    assert "buyer" not in answers[1]
    assert answers[1]["recipient"]["deliveryAddress"].keys() == {"city", "stateOrRegion", "postalCode", "countryCode"}


def test_a_pending_order_has_no_amounts_and_a_data_set_that_was_not_asked_for_is_left_out() -> None:
    server = AmazonServer()
    place(server, ORDER, AmazonStatus.PENDING)
    document = order(signed_in(server), "PROCEEDS,FULFILLMENT,BUYER")
    assert document["fulfillment"]["fulfillmentStatus"] == "PENDING"
    assert not {"proceeds", "buyer", "packages"} & document.keys()


def test_a_call_beyond_the_rate_is_refused_without_stating_the_rate(amazon: Caller) -> None:
    def get() -> Any:
        headers = {"x-amz-access-token": amazon.token}
        return amazon.server.answer(HttpRequest("GET", f"{ORDERS}/{ID}", headers, b""))

    answers = [get() for _ in range(31)]
    assert [answer.status for answer in answers] == [200] * 30 + [429]
    assert dict(answers[0].headers)["x-amzn-RateLimit-Limit"] == "0.5"
    assert "x-amzn-RateLimit-Limit" not in dict(answers[30].headers)
    assert b"QuotaExceeded" in answers[30].body
    clock_of(amazon).forward(seconds=2)
    assert get().status == 200


def test_the_books_have_each_effect_and_its_count(amazon: Caller) -> None:
    confirm(amazon, parcel("1"))
    confirm(amazon, parcel("1"))
    amazon.call("GET", f"{ORDERS}/{ID}?includeddata=BUYER")
    _, books = amazon.call("GET", "/control/books")
    entry = books["orders"][ID]
    assert (entry["confirmed"], entry["packages"][0]["confirmations"]) == ({MUGS: 2, LAMPS: 1}, 2)
    assert books["calls"] == {"confirmShipment": 2, "getOrder": 1}
    assert books["violations"] == [f"GET {ORDERS}/{ID}: query includeddata is not described"]


def test_reports_are_taken_by_the_control_address(amazon: Caller) -> None:
    placed = an_order(2)
    reports = [placed.placed().model_dump(mode="json"), placed.paid(AmazonStatus.UNSHIPPED, 1).model_dump(mode="json")]
    assert amazon.call("POST", "/control/reports", reports)[0] == 204
    assert amazon.server.marketplace.orders[placed.amazon_order_id].facts.status is AmazonStatus.UNSHIPPED
    assert amazon.call("POST", "/control/reports", [{}])[0] == 400


def test_trouble_is_the_same_for_the_same_seed() -> None:
    def answers() -> list[tuple[int, bool]]:
        server = AmazonServer(clock=Clock(), trouble=Trouble(0.3, 0.3, chance=random.Random(7)))
        place(server, ORDER)
        caller = Caller(server)
        while not caller.token:
            caller.sign_in()
        request = HttpRequest("GET", f"{ORDERS}/{ID}", {"x-amz-access-token": caller.token}, b"")
        return [(answer.status, answer.lost) for answer in (server.answer(request) for _ in range(30))]

    assert answers() == answers()
    assert {status for status, _ in answers()} == {200, 429}
