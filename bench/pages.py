"""Every page of the console and every list of the API over a million orders, over HTTP as a signed-in admin.

Beside the orders there are a hundred thousand of all else that is listed (`bench/page_rows.py`). Times are those of the
whole answer, by a client on the same machine: routing, sign-in, queries, template or JSON.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.environment import Environment
from bench.errors import BenchError
from bench.order_lists import LISTS, LookUpTime, fill, opened
from bench.page_rows import COMMON_NAME, LAST_NAMES, fill_pages
from operations.context import Context
from operations.orders.buyer_search import buyer_keys, format_keys
from operations.people.api_tokens import create_token
from operations.people.sign_in import make_link, use_link
from operations.people.users import add_user
from schemas.people import Permission, Role
from schemas.settings import Settings
from web.app import create_app
from web.security.cookies import SESSION
from web.server import serving

TURNS = 20
"""How often each address is asked for; the 95th percentile is the second slowest."""

LIMIT = 200.0
"""Milliseconds at the 95th percentile that a page and a list may take."""

ADMIN = "bench-admin"
ORDER, REPLAY, LETTER = "{order}", "{replay}", "{letter}"
"""What an address has in the place of the ids that the database gives."""

PAGES: Mapping[str, str] = {
    "home": "/",
    "dashboard of the largest store": "/stores/bench-0?days=30",
    "order": f"/orders/{ORDER}",
    "order: timeline": f"/orders/{ORDER}?tab=timeline",
    "order: checked in Commerce": f"/orders/{ORDER}?check=true",
    "order: cancel": f"/orders/{ORDER}/cancel",
    "order: accept total": f"/orders/{ORDER}/accept-total",
    "order: decline cancellation": f"/orders/{ORDER}/decline-cancellation",
    "dead letters by cause": "/dead-letters",
    "dead letters by cause, of a store": "/dead-letters?store=bench-0",
    "dead letters by cause, of a kind": "/dead-letters?kind=product_missing",
    "dead letters by cause, of a SKU": "/dead-letters?key=BENCH-7",
    "dead letters by cause, searched": "/dead-letters?search=BENCH-7",
    "dead letters": "/dead-letters/list",
    "dead letters, a late page": "/dead-letters/list?page=1500",
    "dead letters, of a class": "/dead-letters/list?class=failed",
    "dead letters, of a kind": "/dead-letters/list?kind=product_missing",
    "dead letters, of a SKU": "/dead-letters/list?key=BENCH-7",
    "dead letters, of a store": "/dead-letters/list?store=bench-rare",
    "dead letters, of a consumer": "/dead-letters/list?consumer=importer",
    "dead letters, of an event": "/dead-letters/list?event=import.requested",
    "dead letters, of an order": f"/dead-letters/list?order={ORDER}",
    "dead letters, by fingerprint": "/dead-letters/list?fingerprint=c4ca4238a0b923820dcc509a6f75849b",
    "dead letters, by state": "/dead-letters/list?state=discarded",
    "dead letters, searched": "/dead-letters/list?search=BENCH-7",
    "dead letters, searched in vain": "/dead-letters/list?search=nothing+like+it",
    "dead letter": f"/dead-letters/{LETTER}",
    "discard of dead letters": "/dead-letters/discard",
    "replays": "/replays",
    "replay": f"/replays/{REPLAY}",
    "replay, a late page": f"/replays/{REPLAY}?page=1500",
    "replay, letters in a state": f"/replays/{REPLAY}?state=failed_again",
    "dry run of a replay": "/replays/new?key=BENCH-7",
    "dry run of a replay of all letters": "/replays/new",
    "products": "/products",
    "products of a store": "/products?store=bench-0",
    "products, a late page": "/products?page=1500",
    "match of a listing": "/products/match?store=bench-0&seller_sku=BENCH-7",
    "product": "/products/edit?sku=BENCH-7",
    "pipeline": "/pipeline",
    "communication errors": "/communication-errors",
    "communication errors, a late page": "/communication-errors?page=1500",
    "communication errors of a system": "/communication-errors?system=amazon",
    "communication errors of a store": "/communication-errors?store=bench-rare",
    "communication errors of an order": "/communication-errors?order=702-0000000-0007919",
    "activity": "/activity",
    "activity, a late page": "/activity?page=1500",
    "activity by action": "/activity?action=replay.start",
    "activity by subject": "/activity?subject=BENCH-7",
    "settings": "/settings",
    "order settings": "/settings/orders?store=bench-0",
    "people": "/people",
    "sign-in": "/sign-in",
}
"""Pages by what they show, each with its address; those of orders are those of LISTS."""

API: Mapping[str, str] = {
    "showDashboard": "/dashboards/bench-0?period=30",
    "showStore": "/stores/bench-0",
    "showOrderSettings": "/order-settings/bench-0",
    "showOrder": f"/orders/{ORDER}",
    "explainOrder": f"/orders/{ORDER}/explanation",
    "showOrderHistory": f"/orders/{ORDER}/history",
    "showOrderTimeline": f"/orders/{ORDER}/timeline",
    "showDeadLetter": f"/dead-letters/{LETTER}",
    "showReplay": f"/replays/{REPLAY}",
    "listReplayedLetters": f"/replays/{REPLAY}/letters",
    "showReplayProgress": f"/replays/{REPLAY}/progress",
    "listProducts, a late page": "/products?cursor=124f8",
    "listListings, of a store": "/listings?store_id=bench-0",
    "listListings, a late page": "/listings?cursor=124f8",
}
"""Look-ups of the API, and late pages of its lists, each with its address; `lists_of_api` has the first pages."""

NOT_TIMED = frozenset({"exportOrders", "showDiagnosis", "checkTopology", "listVaultKeys"})
"""An export is all orders; two ask the broker, Amazon and Commerce; one reads all encrypted rows, and says so."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that is signed in, by cookie and by token."""

    connection: HTTPConnection
    headers: Mapping[str, str]

    def get(self, address: str) -> float:
        """Ask for an address; return the milliseconds to the end of the answer. Raises BenchError for an error."""
        started = time.monotonic()
        self.connection.request("GET", address, headers=dict(self.headers))
        answer = self.connection.getresponse()
        body = answer.read()
        taken = (time.monotonic() - started) * 1000
        if answer.status != 200:
            raise BenchError(f"{address} was answered with {answer.status}: {body[-300:].decode(errors='replace')}")
        return taken


def measure_pages(environment: Environment, orders: int, rows: int) -> list[LookUpTime]:
    """Fill the ledger with orders and *rows* of each other kind; time each page and list. Raises BenchError."""
    fill(environment.database_url, orders)
    with opened(environment) as context:
        fill_pages(context, environment.database_url, rows)
        return time_pages(context)


def time_pages(context: Context) -> list[LookUpTime]:
    """Time each page and list."""
    addresses = _addresses(context)
    with _signed_in(context) as caller:
        return [_timed(caller, what, address) for what, address in addresses.items()]


def _timed(caller: Caller, what: str, address: str) -> LookUpTime:
    times = sorted(caller.get(address) for _ in range(TURNS))
    return LookUpTime(what, times[len(times) // 2], times[-2])


@contextmanager
def _signed_in(context: Context) -> Iterator[Caller]:
    """Serve the console, and give a caller that is signed in."""
    add_user(context, ADMIN, Role.ADMIN, "correct horse battery", actor="bench")
    session = use_link(context, make_link(context, ADMIN)).secret
    token = create_token(context, ADMIN, "bench", set(Permission), lasts=timedelta(days=1), actor=ADMIN).secret
    headers = {"Cookie": f"{SESSION}={session}", "Authorization": f"Bearer {token}"}
    with serving(create_app(context), Settings(), or_free_port=True) as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        try:
            yield Caller(connection, headers)
        finally:
            connection.close()


def _addresses(context: Context) -> dict[str, str]:
    """Return all addresses by what they show, with the ids that the database has."""
    with context.ledger.read() as work:
        letter = work.dead_letters.latest(limit=1)[0]
        replay = work.replays.latest(1)[0]
    ids = {ORDER: letter.amazon_order_id or "", REPLAY: replay.id, LETTER: letter.id}
    orders = {
        **LISTS,
        "buyers with a common first name": f"buyer={_keys(context, COMMON_NAME)}",
        "buyers with a rare name": f"buyer={_keys(context, f'Buyer{LAST_NAMES - 1}')}",
    }
    addresses = {
        **{f"orders: {what}": f"/orders?{query}" for what, query in orders.items()},
        **PAGES,
        **{f"API: {what}": f"/api/v1{path}" for what, path in API.items()},
        **{f"API: {what}": path for what, path in lists_of_api().items()},
    }
    return {what: _with_ids(address, ids) for what, address in addresses.items()}


def _with_ids(address: str, ids: Mapping[str, str]) -> str:
    for place, found in ids.items():
        address = address.replace(place, found)
    return address


def _keys(context: Context, name: str) -> str:
    return format_keys(buyer_keys(context, name)) or ""


def lists_of_api() -> dict[str, str]:
    """Return the operations that only read and need no parameter, each with its address."""
    paths = create_app(None).openapi()["paths"].items()
    reading = {path["get"]["operationId"]: address for address, path in paths if "get" in path and "{" not in address}
    return {name: address for name, address in reading.items() if name not in NOT_TIMED}
