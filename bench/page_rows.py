"""The rows that pages and lists show beside a million orders: a hundred thousand of each kind.

Letters of a thousand products that block and of twenty failures, matches, products, listings, failed calls, what people
did, a thousand backfills, the names of the latest orders' buyers (one in ten has the same first name), one large replay
among a thousand.
"""

import psycopg

from operations.context import Context

COMMON_NAME = "Maria"
LAST_NAMES = 1000

_LETTERS = """
    INSERT INTO dead_letters (id, identity, letter_type, consumer, event, reason, fingerprint, store_id,
        amazon_order_id, message_id, message_name, headers, attempts, first_at, last_at, open_since, state, cause_set)
    SELECT md5('letter' || n)::uuid::text, 'blocked/' || o.store_id || '/' || o.amazon_order_id,
        CASE WHEN n %% 10 = 0 THEN 'failed' ELSE 'blocked' END, 'importer', 'import.requested',
        CASE WHEN n %% 10 = 0 THEN 'The handler raised error ' || n %% 20
            ELSE 'Product BENCH-' || n %% 1000 || ' is not in the catalog' END,
        md5((n %% 20)::text), o.store_id, o.amazon_order_id, 'bench-' || n, 'import.requested', '{}', 1,
        at, at, CASE WHEN n %% 20 > 0 THEN at END,
        CASE WHEN n %% 20 > 0 THEN 'open' WHEN n %% 40 = 0 THEN 'resolved' ELSE 'discarded' END,
        CASE WHEN n %% 10 > 0 THEN '[["product_missing","BENCH-' || n %% 1000 || '"]]' END
    FROM (SELECT store_id, amazon_order_id, row_number() OVER (ORDER BY purchase_date DESC) AS n
            FROM orders ORDER BY purchase_date DESC LIMIT %(rows)s) AS o,
        LATERAL (SELECT now() - n * interval '10 seconds' AS at) AS dated
"""
_CAUSES = """
    INSERT INTO dead_letter_causes (letter_id, kind, key)
    SELECT id, 'product_missing', split_part(reason, ' ', 2) FROM dead_letters WHERE letter_type = 'blocked'
"""
_PRODUCTS = """
    INSERT INTO documents (kind, key, document)
    SELECT kind, key, document FROM generate_series(1, %(rows)s) AS n,
        LATERAL (VALUES
            ('commerce.product', 'BENCH-' || n, '{"sku": "BENCH-' || n || '", "name": "Product ' || n
                || '", "asin": "B' || lpad(n::text, 9, '0') || '", "quantity": 100}'),
            ('commerce.asin', 'B' || lpad(n::text, 9, '0'), '{"sku": "BENCH-' || n || '"}')
        ) AS made (kind, key, document)
"""
_MATCHES = """
    INSERT INTO matches (store_id, seller_sku, sku)
    SELECT 'bench-' || n %% 10, 'MATCHED-' || n, 'BENCH-' || n FROM generate_series(1, %(rows)s) AS n
"""
_ERRORS = """
    INSERT INTO communication_errors (at, system, operation, outcome, code, sentence, store_id, amazon_order_id)
    SELECT now() - (%(rows)s - n) * interval '1 minute', CASE WHEN n %% 1000 = 0 THEN 'amazon' ELSE 'commerce' END,
        'createOrder', 'refused', '400', 'The call was refused.',
        CASE WHEN n = 500 THEN 'bench-rare' ELSE 'bench-' || n %% 10 END,
        '702-0000000-' || lpad((n * 7919 %% 10000000)::text, 7, '0')
    FROM generate_series(1::bigint, %(rows)s) AS n
"""
_ACTS = """
    INSERT INTO audit_log (at, who, action, subject, why, details)
    SELECT now() - (%(rows)s - n) * interval '1 minute', 'bench',
        CASE WHEN n = 500 THEN 'replay.start' WHEN n %% 3 = 0 THEN 'personal_data.look' ELSE 'listing.match' END,
        'BENCH-' || n, '', '{}'
    FROM generate_series(1, %(rows)s) AS n
"""
_REPLAYS = """
    INSERT INTO replays (id, who, why, selection, cutoff, planned, rate, ramp, stop_share, state, reason, started_at,
        resumed_at, next_at, stage, ended_at)
    SELECT md5('replay' || n)::uuid::text, 'bench', 'bench', '{}', at, CASE n WHEN 1 THEN %(rows)s ELSE 0 END,
        50, false, 0.2, 'finished', '', at, at, at, 0, at
    FROM generate_series(1, 1000) AS n, LATERAL (SELECT now() - n * interval '1 hour' AS at) AS dated
"""
_REPLAYED = """
    INSERT INTO replay_items (id, replay_id, letter_id, position, state, outcome, sent_at, ended_at)
    SELECT md5('item' || n)::uuid::text, md5('replay1')::uuid::text, md5('letter' || n)::uuid::text, n,
        CASE WHEN n %% 100 = 0 THEN 'failed_again' ELSE 'ok' END, '', now(), now()
    FROM generate_series(1, %(rows)s) AS n
"""
_BACKFILLS = """
    INSERT INTO backfills (id, seller_id, store_id, created_from, created_until, searched_until, window_until,
        window_seconds, started_at, who, why, state, reason, window_pages, pages, orders, published, attempts, ended_at,
        due_at)
    SELECT md5('backfill' || n)::uuid::text, 'bench', 'bench-0', at - interval '1 day', at, at, at,
        60, at, 'bench', 'bench', 'finished', '', 1, 1, 1, 1, 0, at, at
    FROM generate_series(1, least(1000, %(rows)s)) AS n, LATERAL (SELECT now() - n * interval '1 hour' AS at) AS dated
"""
_BUYERS = """
    INSERT INTO vault (store_id, amazon_order_id, saved_at, name_keys)
    SELECT store_id, amazon_order_id, now(), %(mark)s || CASE WHEN n %% 10 = 0 THEN %(first)s ELSE '' END
        || (%(last)s::text[])[n %% array_length(%(last)s::text[], 1) + 1] || ' '
    FROM (SELECT store_id, amazon_order_id, row_number() OVER (ORDER BY purchase_date DESC) AS n
            FROM orders ORDER BY purchase_date DESC LIMIT %(rows)s) AS latest
"""


def fill_pages(context: Context, database_url: str, rows: int) -> None:
    """Write *rows* of each kind beside orders that are there, and leave the database as its vacuum would."""
    statements = (_LETTERS, _CAUSES, _PRODUCTS, _MATCHES, _ERRORS, _ACTS, _REPLAYS, _REPLAYED, _BACKFILLS)
    with psycopg.connect(database_url) as connection:
        for statement in statements:
            connection.execute(statement, {"rows": rows})
        connection.execute(_BUYERS, {"rows": rows, **_names(context)})
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _names(context: Context) -> dict[str, object]:
    """Return the names' keys as the vault stores them, after the mark of the key that made them."""
    with context.ledger.read() as work:
        first = work.buyer_keys(COMMON_NAME)[0][0]
        last = [work.buyer_keys(f"Buyer{number}")[0][0] for number in range(LAST_NAMES)]
    return {"mark": f"{context.ledger.key_ids[0][:8]} ", "first": f"{first} ", "last": last}
