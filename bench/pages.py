"""Every page of the console and every list of the API over a million orders, over HTTP as a signed-in admin.

Beside the orders there are a hundred thousand of all else that is listed (`bench/page_rows.py`). Times are those of the
whole answer, by a client on the same machine: routing, sign-in, queries, template or JSON.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from bench.environment import Environment
from bench.errors import BenchError
from bench.order_lists import LISTS, LookUpTime, fill, opened
from bench.page_addresses import (
    BACKFILL,
    LATE,
    LETTER,
    ORDER,
    PAGES,
    REPLAY,
    STORE,
    addresses_of_api,
)
from bench.page_rows import COMMON_NAME, LAST_NAMES, fill_pages
from operations.backfills import list_backfills
from operations.catalog.lists import list_listings, list_products
from operations.catalog.matches import list_matches
from operations.communication_errors import list_errors
from operations.context import Context
from operations.dead_letters.lookup import find_letters
from operations.list_pages import ListPage
from operations.orders.buyer_search import buyer_keys
from operations.orders.list_query import format_buyer_keys
from operations.people.api_tokens import create_token
from operations.people.audit import list_actions
from operations.people.sign_in import make_link, use_link
from operations.people.users import add_user
from operations.personal_data.looks import list_looks
from operations.replays.lookup import list_replays, replayed_letters
from operations.store_cards import list_store_cards
from operations.stores import list_store_page
from schemas.communication_errors import ErrorFilter
from schemas.dead_letters import LetterFilter, LetterState
from schemas.people import Permission, Role
from schemas.settings import Settings
from web.app import create_app
from web.security.cookies import SESSION
from web.server import serving
from workers.process.garbage_collection import tune_gc

TURNS = 20
"""How often each address is asked for; the 95th percentile is the second slowest."""

LIMIT = 200.0
"""Milliseconds at the 95th percentile that a page and a list may take."""

ORDERS_PER_ROW = 10
"""Orders for each row of all else that is listed."""

ADMIN = "bench-admin"


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


def measure_pages(environment: Environment, orders: int) -> list[LookUpTime]:
    """Fill the ledger with orders and rows of each other kind; time each page and list. Raises BenchError."""
    rows = orders // ORDERS_PER_ROW
    fill(environment.database_url, orders)
    with opened(environment) as context:
        fill_pages(context, environment.database_url, rows)
        return time_pages(context, rows)


def time_pages(context: Context, rows: int) -> list[LookUpTime]:
    """Time each page and list."""
    addresses = _addresses(context, rows)
    with _signed_in(context) as caller:
        return [_timed(caller, what, address) for what, address in addresses.items()]


def _timed(caller: Caller, what: str, address: str) -> LookUpTime:
    times = sorted(caller.get(address) for _ in range(TURNS))
    return LookUpTime(what, times[len(times) // 2], times[-2])


@contextmanager
def _signed_in(context: Context) -> Iterator[Caller]:
    """Serve the console, and give a caller that is signed in."""
    add_user(context, ADMIN, Role.ADMIN, "correct horse battery", actor="bench")
    session = use_link(context, make_link(context, ADMIN), "").secret
    token = create_token(context, ADMIN, "bench", set(Permission), lasts=timedelta(days=1), actor=ADMIN).secret
    headers = {"Cookie": f"{SESSION}={session}", "Authorization": f"Bearer {token}"}
    with serving(create_app(context), Settings(), or_free_port=True) as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        try:
            tune_gc()  # as `crossdock console` does
            yield Caller(connection, headers)
        finally:
            connection.close()


def _addresses(context: Context, rows: int) -> dict[str, str]:
    """Return all addresses by their contents, with the ids and the late pages that the database has."""
    orders = {
        **LISTS,
        "buyers with a common first name": f"buyer={_keys(context, COMMON_NAME)}",
        "buyers with a rare name": f"buyer={_keys(context, f'Buyer{LAST_NAMES - 1}')}",
    }
    addresses = {
        **{f"orders: {what}": f"/orders?{query}" for what, query in orders.items()},
        **PAGES,
        **{f"API: {what}": path for what, path in addresses_of_api().items()},
    }
    places = {**_ids(context), **_late_pages(context, rows // 2)}
    return {what: _with_places(address, places) for what, address in addresses.items()}


def _ids(context: Context) -> dict[str, str]:
    with context.ledger.read() as work:
        letter, replay = work.dead_letters.latest(limit=1)[0], work.replays.latest(1)[0]
        backfill = work.backfills.latest(1)[0]
    order = {ORDER: letter.amazon_order_id or "", STORE: letter.store_id or ""}
    return {**order, REPLAY: replay.id, BACKFILL: backfill.id, LETTER: letter.id}


def _late_pages(context: Context, row: int) -> dict[str, str]:
    """Return the tokens of the pages after so many rows, or in the middle of a shorter list."""
    replay = _ids(context)[REPLAY]
    lists: dict[str, Callable[[int], ListPage[Any]]] = {
        "listDeadLetters": lambda limit: find_letters(context, LetterFilter(state=LetterState.OPEN), limit),
        "listReplays": lambda limit: list_replays(context, limit),
        "listReplayedLetters": lambda limit: replayed_letters(context, replay, None, limit),
        "listMatches": lambda limit: list_matches(context, None, limit),
        "listListings": lambda limit: list_listings(context, None, limit),
        "listProducts": lambda limit: list_products(context, limit),
        "listStores": lambda limit: list_store_page(context, limit),
        "listStoreCards": lambda limit: list_store_cards(context, limit),
        "listBackfills": lambda limit: list_backfills(context, limit),
        "listCommunicationErrors": lambda limit: list_errors(context, ErrorFilter(), limit),
        "listAudit": lambda limit: list_actions(context, limit=limit),
        "listLooks": lambda limit: list_looks(context, limit),
    }
    return {LATE % name: _token(read, row) for name, read in lists.items()}


def _token(read: Callable[[int], ListPage[Any]], row: int) -> str:
    page = read(row)
    return page.next or read(max(1, len(page.rows) // 2)).next or ""


def _with_places(address: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        address = address.replace(place, value)
    return address


def _keys(context: Context, name: str) -> str:
    return format_buyer_keys(buyer_keys(context, name)) or ""
