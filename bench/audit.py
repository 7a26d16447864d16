"""The audit after every run: each order in its final state, each event handled once, every queue empty."""

import psycopg

from bench.broker import Broker
from bench.contenders import Contender
from bench.drain import FOLLOW_UPS, Drain
from bench.environment import Environment
from bench.errors import BenchError
from bench.load import EVENTS_PER_ORDER, STORE

_ENDED = """
    SELECT count(*) FROM orders
    WHERE store_id = %s AND amazon_order_id LIKE '701-%%' AND status = 'Shipped' AND version = 3
        AND import_state = 'view_only' AND document::json->>'ship_service_level' IS NOT NULL
        AND document::json->>'latest_ship_date' IS NOT NULL AND document::json->>'is_business' = 'true'
"""
_HANDLED = "SELECT count(*), count(*) FILTER (WHERE state <> 'done') FROM inbox WHERE consumer <> 'before'"
_HISTORY = "SELECT count(*) FROM order_history WHERE store_id = %s AND amazon_order_id LIKE '701-%%'"


def audit(environment: Environment, broker: Broker, contender: Contender, drain: Drain, orders: int) -> None:
    """Raise BenchError, naming the difference, unless database and queues are as expected."""
    events = orders * EVENTS_PER_ORDER
    with psycopg.connect(environment.database_url) as connection:
        ended = connection.execute(_ENDED, (STORE.store_id,)).fetchone()
        handled = connection.execute(_HANDLED).fetchone()
        entries = connection.execute(_HISTORY, (STORE.store_id,)).fetchone()
        letters = connection.execute("SELECT count(*) FROM dead_letters").fetchone()
    left = {queue: depth for queue in (*contender.queues, FOLLOW_UPS) if (depth := broker.depth(queue))}
    checks: tuple[tuple[str, object, object], ...] = (
        ("orders ended as shipped", (orders,), ended),
        ("events handled, and not done", (events, 0), handled),
        ("entries in the journal", (events,), entries),
        ("dead letters", (0,), letters),
        ("follow-ups, and distinct ones", (events, events), (drain.count, len(drain.came))),
        ("messages left in queues", {}, left),
    )
    wrong = [f"{what}: {seen} instead of {due}" for what, due, seen in checks if due != seen]
    if wrong:
        raise BenchError(f"{contender.name} did not do the job: {'; '.join(wrong)}.")
