"""Orders of several days at a served Amazon, for tests of backfills."""

from dataclasses import replace
from datetime import timedelta

from gateways.amazon.sp_api.client import AmazonClient
from gateways.simulator.sp_api.server import AmazonServer
from operations.backfills import start_backfill
from operations.context import Context
from pipeline.liveness import Liveness
from tests.gateways.simulator.sp_api.accounts import an_order, place
from tests.workers.intake import a_seller
from workers.order_backfiller import OrderBackfiller
from workers.process.parts import Parts


def place_orders(server: AmazonServer, days: int, a_day: int) -> list[str]:
    """Place orders that were created on each of the last days; return their ids, those of the oldest day first."""
    now = server.clock()
    ids = []
    for number in range(days * a_day):
        created = now - timedelta(days=days - number // a_day, seconds=-60 * (number % a_day) - 60)
        order = replace(an_order(number + 1), purchase_date=created, updated_from=created)
        ids.append(place(server, order).amazon_order_id)
    return ids


def backfiller(parts: Parts, amazon: AmazonClient, seller_id: str) -> OrderBackfiller:
    """Return a backfiller that asks for the fulfillment alone."""
    return OrderBackfiller(parts.ledger, parts.bus, amazon, a_seller(seller_id), ("FULFILLMENT",), Liveness())


def start(context: Context, days: int, **span: str) -> str:
    """Start a backfill of the orders of the last days; return its id."""
    since = context.ledger.now() - timedelta(days=days)
    return start_backfill(context, since, None, span.get("store_id"), actor="test", why="A test.").backfill_id
