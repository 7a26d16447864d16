"""The addresses that are timed: every page of the console and every reading operation of the API, with each filter.

Those of the API come from its OpenAPI document. `tests/bench/test_pages.py` walks the console's routes and their
parameters, so that a new page or filter is not forgotten.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from web.app import create_app

ORDER, STORE, REPLAY, BACKFILL, LETTER = "{order}", "{store}", "{replay}", "{backfill}", "{letter}"
"""Placeholders in an address, for ids from the database; STORE is that of ORDER."""

LATE = "{late:%s}"
"""Placeholders in an address, for the token of a page in the middle, by the operation of the API that lists it."""

V1 = "/api/v1"
_LATELY = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
_AGO = f"{datetime.now(UTC) - timedelta(days=200):%Y-%m-%dT%H:%M:%SZ}"

LETTER_FILTERS: Mapping[str, str] = {
    "class": "failed",
    "kind": "product_missing",
    "key": "BENCH-7",
    "store": "bench-rare",
    "consumer": "importer",
    "event": "import.requested",
    "order": ORDER,
    "fingerprint": "c4ca4238a0b923820dcc509a6f75849b",
    "id": LETTER,
    "state": "discarded",
    "search": "BENCH-7",
    "since": _LATELY,
    "older_than": _LATELY,
}
"""Filters of dead letters on the console's pages; the store has few, the class, kind, consumer and event many."""

_LETTER_PAGES: Mapping[str, str] = {
    "dead letters by cause": "/dead-letters",
    "dead letters": "/dead-letters/list",
    "discard of dead letters": "/dead-letters/discard",
    "dry run of a replay": "/replays/new",
}

PAGES: Mapping[str, str] = {
    "home": "/",
    "home, a late page": f"/?after={LATE % 'listStoreCards'}",
    "dashboard of the largest store": "/stores/bench-0?days=30",
    "dashboard with buyers' names": "/stores/bench-0?names=1",
    "order": f"/orders/{ORDER}?store={STORE}",
    "order: timeline": f"/orders/{ORDER}?tab=timeline",
    "order: checked in Commerce": f"/orders/{ORDER}?check=true",
    "order: cancel": f"/orders/{ORDER}/cancel?store={STORE}&reason=NoInventory",
    "order: accept total": f"/orders/{ORDER}/accept-total?store={STORE}",
    "order: decline cancellation": f"/orders/{ORDER}/decline-cancellation?store={STORE}",
    **_LETTER_PAGES,
    **{
        f"{what}, {name} {value}": f"{address}?{name}={value}"
        for what, address in _LETTER_PAGES.items()
        for name, value in LETTER_FILTERS.items()
    },
    "dead letters, a late page": f"/dead-letters/list?after={LATE % 'listDeadLetters'}",
    "dead letters, searched in vain": "/dead-letters/list?search=nothing+like+it",
    "dead letters by cause, searched in vain": "/dead-letters?search=nothing+like+it",
    "dead letter": f"/dead-letters/{LETTER}",
    "replays": "/replays",
    "replays, a late page": f"/replays?after={LATE % 'listReplays'}",
    "replay": f"/replays/{REPLAY}",
    "replay, a late page": f"/replays/{REPLAY}?after={LATE % 'listReplayedLetters'}",
    "replay, letters in a state": f"/replays/{REPLAY}?state=failed_again",
    "dry run with a pace": "/replays/new?key=BENCH-7&rate=10&stop=5&ramp=false",
    "products": "/products",
    "products of a store": "/products?store=bench-0",
    "products, a late page": f"/products?after={LATE % 'listMatches'}",
    "match of a listing": f"/products/match?store=bench-0&seller_sku=BENCH-7&order={ORDER}&order_store={STORE}",
    "product": f"/products/edit?sku=BENCH-7&order={ORDER}&order_store={STORE}",
    "pipeline": "/pipeline",
    "communication errors": "/communication-errors",
    "communication errors, a late page": f"/communication-errors?after={LATE % 'listCommunicationErrors'}",
    "communication errors of a system": "/communication-errors?system=amazon",
    "communication errors of a store": "/communication-errors?store=bench-rare",
    "communication errors of an order": "/communication-errors?order=702-0000000-0007919",
    "activity": "/activity",
    "activity, a late page": f"/activity?after={LATE % 'listAudit'}",
    "activity by action": "/activity?action=replay.start",
    "activity by subject": "/activity?subject=BENCH-7",
    "settings": "/settings",
    "order settings": "/settings/orders?store=bench-0",
    "people": "/people",
    "sign-in": "/sign-in?out=1&next=/orders",
}
"""Pages by their contents, each with its address; those of lists of orders are those of `bench.order_lists.LISTS`."""

NOT_TIMED = frozenset(
    {"exportOrders", "showDiagnosis", "checkTopology", "listVaultKeys", "followReplay"}
    | {"showPersonalData", "showDeadLetterMessage"}
)
"""An export is all orders, a stream has no end; two ask the broker, Amazon and Commerce; one reads all encrypted rows,
as documented; two decrypt data that the bench's rows do not have."""

_IDS: Mapping[str, str] = {
    "{store_id}": "bench-0",
    "{amazon_order_id}": ORDER,
    "{letter_id}": LETTER,
    "{replay_id}": REPLAY,
    "{backfill_id}": BACKFILL,
}
_VALUES: Mapping[str, str] = {
    **{name: value for name, value in LETTER_FILTERS.items() if name not in ("store", "order", "search", "id")},
    "text": LETTER_FILTERS["search"],
    "until": _LATELY,
    "store_id": "bench-rare",
    "amazon_order_id": ORDER,
    "status": "Unfulfillable",
    "import_state": "view_only",
    "purchased_from": _AGO,
    "purchased_to": _AGO,
    "order_id": "702-0000000-12",
    "total_min": "147",
    "total_max": "10.01",
    "sort": "total",
    "descending": "false",
    "asks_to_cancel": "true",
    "period": "30",
    "subject": "BENCH-7",
    "action": "replay.start",
    "system": "amazon",
    "seller": "bench",
    "user_name": "bench-admin",
    "limit": "500",
}
_REPLAYED = {"state": "failed_again"}
_OF_AN_ORDER = {"store_id": STORE}
PLACES = ("cursor", "backwards")
"""Parameters for the beginning of a page."""


@cache
def reading_operations() -> list[tuple[str, str, list[str]]]:
    """Return the timed operations of the API: name, address, and the names of the parameters of the address."""
    return list(_reading_operations())


def _reading_operations() -> Iterator[tuple[str, str, list[str]]]:
    for path, methods in create_app(None).openapi()["paths"].items():
        operation: dict[str, Any] | None = methods.get("get")
        if operation and operation["operationId"] not in NOT_TIMED:
            parameters = [
                parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
            ]
            yield operation["operationId"], _with_ids(path), parameters


def addresses_of_api() -> dict[str, str]:
    """Return the addresses by their contents. Raises KeyError for an id or a filter that has no value above."""
    addresses = {}
    for name, path, parameters in reading_operations():
        addresses[name] = path
        values = {**_VALUES, **(_REPLAYED if REPLAY in path else {}), **(_OF_AN_ORDER if ORDER in path else {})}
        addresses |= {
            f"{name}, {parameter} {values[parameter]}": f"{path}?{parameter}={values[parameter]}"
            for parameter in parameters
            if parameter not in PLACES
        }
        if "cursor" in parameters and name != "listOrders":
            addresses[f"{name}, a late page"] = f"{path}?cursor={LATE % name}"
    return addresses


def _with_ids(path: str) -> str:
    for place in [part for part in path.split("/") if part.startswith("{")]:
        path = path.replace(place, _IDS[place])
    return path
