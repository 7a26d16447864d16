"""Several sellers at one simulated Amazon: each token opens its own seller's account, and no other."""

import json

from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.traffic import HttpRequest
from tests.gateways.simulator.sp_api.accounts import ID, ORDER, ORDERS, Caller, signed_in

ACME, BETA = "A1SIMULATEDSELLER", "A2SIMULATEDSELLER"
GET = f"{ORDERS}/{ID}?includedData=FULFILLMENT"


def sellers() -> tuple[AmazonServer, Caller, Caller]:
    server = AmazonServer(seller_ids=(ACME, BETA))
    beta = signed_in(server, refresh_token=server.sign_in.refresh_token_of(BETA))
    return server, signed_in(server), beta


def test_a_token_reads_the_orders_of_its_seller_alone() -> None:
    server, acme, beta = sellers()
    server.accounts[BETA].marketplace.take(ORDER.placed())
    assert [caller.call("GET", GET)[0] for caller in (acme, beta)] == [404, 200]


def test_a_revoked_seller_and_a_throttled_one_stop_no_other() -> None:
    server, acme, beta = sellers()
    server.sign_in.revoked_sellers.add(ACME)
    server.accounts[BETA].marketplace.take(ORDER.placed())
    assert [caller.call("GET", GET)[0] for caller in (acme, beta)] == [403, 200]
    assert Caller(server).sign_in()[0] == 400
    server.sign_in.revoked_sellers.clear()
    server.accounts[BETA].rates.factor = 1e-9
    while server.accounts[BETA].rates.take("getOrder"):
        pass
    assert [caller.call("GET", GET)[0] for caller in (acme, beta)] == [404, 429]


def test_reports_and_books_are_of_the_seller_that_is_named() -> None:
    server, _, beta = sellers()
    body = json.dumps([ORDER.placed().model_dump(mode="json", exclude_none=True)]).encode()
    assert server.answer(HttpRequest("POST", f"/control/reports?seller={BETA}", {}, body)).status == 204
    books = [server.answer(HttpRequest("GET", f"/control/books?seller={one}", {}, b"")) for one in (ACME, BETA)]
    assert [list(json.loads(book.body)["orders"]) for book in books] == [[], [ID]]
    assert server.answer(HttpRequest("GET", "/control/books?seller=A9", {}, b"")).status == 404
    assert beta.call("GET", GET)[0] == 200
