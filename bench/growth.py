"""Growth: the cost of an event when ten thousand, a hundred thousand or a million orders lie in the ledger already."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from bench.contenders import Contender
from bench.environment import Environment
from bench.job import ORDER_COLUMNS, handle_one
from bench.load import EVENTS_PER_ORDER, upstream_event
from bench.race import Race, race

_MODEL = 10**14 - 1
"""Number of the order that is copied; its rows are gone before the race."""

_OTHERS = [name for name in ORDER_COLUMNS if name not in ("amazon_order_id", "document")]
_COPY = f"""
    INSERT INTO orders (amazon_order_id, document, {", ".join(_OTHERS)})
    SELECT copy.id, replace(document, amazon_order_id, copy.id), {", ".join(_OTHERS)}
    FROM orders, LATERAL (
        SELECT '702-' || lpad((n / 10000000)::text, 7, '0') || '-' || lpad((n %% 10000000)::text, 7, '0') AS id
        FROM generate_series(1, %(orders)s) AS n
    ) AS copy
"""  # noqa: S608 - nothing but names of columns
_COPY_INBOX = """
    INSERT INTO inbox (consumer, key, epoch, state, follow_ups, handled_at, digest)
    SELECT 'before', decode(md5(n || '/' || encode(key, 'hex')), 'hex'), epoch, state, follow_ups, handled_at, digest
    FROM inbox, generate_series(1, %(orders)s) AS n
"""
_COPY_JOURNAL = """
    INSERT INTO order_history (store_id, amazon_order_id, at, event, note, event_id)
    SELECT o.store_id, o.amazon_order_id, j.at, j.event, j.note, j.event_id
    FROM orders AS o, order_history AS j WHERE o.amazon_order_id LIKE '702-%%'
"""
_FORGET = (
    "DELETE FROM orders WHERE amazon_order_id LIKE '701-%'",
    "DELETE FROM order_history WHERE amazon_order_id LIKE '701-%'",
    "DELETE FROM inbox WHERE consumer <> 'before'",
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A race over a ledger that held so many orders before."""

    orders: int
    race: Race


def measure_growth(
    environment: Environment,
    contender: Contender,
    recorded: int,
    orders: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Growth:
    """Fill the ledger with *recorded* shipped orders, their inbox and order_history, then race over *orders* more."""
    fill(environment.database_url, recorded)
    return Growth(recorded, race(environment, contender, 1, orders, progress))


def fill(database_url: str, recorded: int) -> None:
    """Copy one order that went its whole way, with new keys, and leave the database as its vacuum would."""
    with psycopg.connect(database_url) as connection:
        for step in range(EVENTS_PER_ORDER):
            handle_one(connection, upstream_event(_MODEL, step).body)
        for statement in (_COPY, _COPY_INBOX, _COPY_JOURNAL):
            connection.execute(statement, {"orders": recorded})
        for forgotten in _FORGET:
            connection.execute(forgotten)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
