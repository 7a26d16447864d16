"""Dead letters: the time of an operator's queries over a million of them, ten thousand of which one SKU blocks."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from bench.environment import Environment
from bench.errors import BenchError
from events.envelope import encode
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger, utc_now
from operations.context import Context
from operations.replays.dry_run import plan
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.blockers import BlockerKind
from schemas.dead_letters import LetterFilter, LetterState
from schemas.payloads import CatalogChanged
from schemas.settings import Settings

HOT = "SKU-HOT"
"""The SKU whose orders are asked about; the other letters are spread over a thousand SKUs."""

_LETTERS = """
    INSERT INTO dead_letters (id, identity, letter_type, consumer, event, reason, fingerprint, store_id,
        amazon_order_id, message_id, message_name, headers, attempts, first_at, last_at, open_since, state, cause_set)
    SELECT md5('letter' || n)::uuid::text, 'blocked/bench-' || n %% 10 || '/' || o.id, 'blocked', 'importer',
        'import.requested', 'Cannot create sales order: Product "' || s.sku || '" in order is not salable',
        md5(s.sku), 'bench-' || n %% 10, o.id, 'bench-' || n, 'import.requested', '{}', 1,
        now() - n * interval '1 second', now() - n * interval '1 second', now() - n * interval '1 second', 'open',
        '[["out_of_stock","' || s.sku || '"]]'
    FROM generate_series(1, %(letters)s) AS n,
        LATERAL (SELECT '703-' || lpad((n / 10000000)::text, 7, '0') || '-' || lpad((n %% 10000000)::text, 7, '0')
            AS id) AS o,
        LATERAL (SELECT CASE WHEN n %% %(every)s = 0 THEN %(hot)s ELSE 'SKU-' || n %% 1000 END AS sku) AS s
"""
_CAUSES = """
    INSERT INTO dead_letter_causes (letter_id, kind, key)
    SELECT id, 'out_of_stock', split_part(reason, '"', 2) FROM dead_letters
"""
_WAITS = """
    INSERT INTO wait_keys (store_id, amazon_order_id, wake_key)
    SELECT store_id, amazon_order_id, 'product:' || split_part(reason, '"', 2) FROM dead_letters
"""


@dataclass(frozen=True, slots=True)
class DeadLetterTimes:
    """Seconds of each query, over `letters` dead letters, `hot` of them blocked by one SKU."""

    letters: int
    hot: int
    dry_run: float
    listing: float
    release: float


def measure_dead_letter_queries(environment: Environment, letters: int, hot: int) -> DeadLetterTimes:
    """Fill the ledger with blocked letters, then query it. Raises BenchError when a query returns other letters."""
    fill(environment.database_url, letters, hot)
    ledger = Ledger.open(
        environment.database_url, Cipher.of([read_or_make_key(environment.servers.folder / "vault.key")])
    )
    try:
        gateways = SimulatedGateways(ledger.documents)
        context = Context(Settings(), ledger, gateways, gateways.commerce.catalog)
        letter_filter = LetterFilter(kind=BlockerKind.OUT_OF_STOCK, key=HOT, state=LetterState.OPEN)
        dry_run, count = _timed(lambda: plan(context, letter_filter).count)
        _must_be("the dry run counts", count, hot)
        listing, count = _timed(lambda: _listed(ledger, letter_filter))
        _must_be("the list shows", count, min(hot, 100))
        release, count = _timed(lambda: _released(ledger))
        _must_be("the release asks for", count, hot)
        return DeadLetterTimes(letters, hot, dry_run, listing, release)
    finally:
        ledger.close()


def fill(database_url: str, letters: int, hot: int) -> None:
    """Write the letters, their causes and the wake keys of their orders, and leave the database as its vacuum would."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_LETTERS, {"letters": letters, "every": letters // hot, "hot": HOT})
        connection.execute(_CAUSES)
        connection.execute(_WAITS)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _listed(ledger: Ledger, letter_filter: LetterFilter) -> int:
    with ledger.read() as work:
        return len(work.dead_letters.latest(letter_filter, 100))


def _released(ledger: Ledger) -> int:
    """Handle `catalog.changed` for the SKU, and return the orders whose import is requested again."""
    step = BatchProcessor("catalog-changed", ledger, SimulatedGateways(ledger.documents), Deadlines())
    step.take([encode(CatalogChanged(sku=HOT), "bench-catalog-changed", utc_now())])
    with ledger.begin() as work:
        return len({claimed.message.order_id for claimed in work.outbox.claim_due(1_000_000, Deadlines().early)})


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    started = time.monotonic()
    count = work()
    return time.monotonic() - started, count


def _must_be(what: str, count: int, expected: int) -> None:
    if count != expected:
        raise BenchError(f"Of the letters of {HOT}, {what} {count:,}, not {expected:,}.")
