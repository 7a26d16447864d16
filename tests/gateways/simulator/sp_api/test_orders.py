"""searchOrders, simulated: pages, the last two minutes, and searches that are refused."""

from typing import Any

import pytest

from tests.gateways.simulator.sp_api.accounts import (
    ORDERS,
    Caller,
    an_order,
    clock_of,
    place,
)


def search(caller: Caller, query: str) -> Any:
    return caller.call("GET", f"{ORDERS}?{query}")


def test_a_search_goes_page_by_page_and_its_token_needs_the_same_parameters(amazon: Caller) -> None:
    for number in range(2, 6):
        clock_of(amazon).forward(seconds=1)
        place(amazon.server, an_order(number))
    clock_of(amazon).forward(minutes=3)
    query = "lastUpdatedAfter=2026-11-01T00:00:00Z&maxResultsPerPage=2"
    found, token = [], ""
    while True:
        status, page = search(amazon, query + token)
        assert status == 200
        found += [each["orderId"] for each in page["orders"]]
        if "pagination" not in page:
            break
        token = f"&paginationToken={page['pagination']['nextToken']}"
    assert found == [an_order(number).amazon_order_id for number in range(1, 6)]
    assert search(amazon, f"lastUpdatedAfter=2026-10-01T00:00:00Z{token}")[0] == 400


def test_a_search_misses_the_last_two_minutes(amazon: Caller) -> None:
    query = "lastUpdatedAfter=2026-11-01T00:00:00Z"
    assert search(amazon, query)[1]["orders"] == []
    clock_of(amazon).forward(minutes=2)
    assert len(search(amazon, query)[1]["orders"]) == 1
    assert search(amazon, f"{query}&fulfillmentStatuses=SHIPPED")[1]["orders"] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "createdAfter=2026-11-01T00:00:00Z&lastUpdatedAfter=2026-11-01T00:00:00Z",
        "lastUpdatedAfter=2026-11-01T00:00:00",
        "lastUpdatedAfter=2026-11-01T00:00:00Z&lastUpdatedBefore=2026-11-01T12:00:00Z",
        "lastUpdatedAfter=2026-11-01T00:00:00Z&maxResultsPerPage=101",
        "lastUpdatedAfter=2026-11-01T00:00:00Z&paginationToken=x",
    ],
)
def test_a_wrong_search_is_refused(amazon: Caller, query: str) -> None:
    status, document = search(amazon, query)
    assert (status, document["errors"][0]["code"]) == (400, "InvalidInput")
