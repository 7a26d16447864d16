"""Changes of the database by an administrator, while a consumer runs, are never a fault of its events."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count

import psycopg
import pytest

from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from schemas.dead_letters import LetterFilter
from schemas.message import Message
from tests.builders import placed
from tests.harness import event_of, message_of
from workers.process.parts import Parts

pytestmark = pytest.mark.databases("postgresql")

Administer = Callable[[str], object]

BEGIN, END = "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ", " END $$"
GUARD = "CREATE TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION guard()"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
TERMINATE = f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}"

BRIEF = {
    "a column gets another collation": ['ALTER TABLE orders ALTER COLUMN document TYPE text COLLATE "C"'],
    "a returned column gets another type": ["ALTER TABLE orders ALTER COLUMN document TYPE varchar(100000)"],
    "a column and an index are added": ["ALTER TABLE orders ADD remark text", "CREATE INDEX ON orders (note)"],
    "the sessions are terminated": [TERMINATE],
}
"""Changes after which a consumer goes on by itself, on new connections."""

LASTING = {
    "a trigger refuses every row": (
        [f"{BEGIN} RAISE 'closed, was given %', NEW; {END}", GUARD],
        ["DROP TRIGGER guard ON orders"],
        r"trigger or function .*guard\(\)",
    ),
    "a trigger fails": (
        [f"{BEGIN} PERFORM missing(); {END}", GUARD],
        ["DROP TRIGGER guard ON orders"],
        r"missing\(\) does not exist",
    ),
    "the database is read-only": (
        ["ALTER DATABASE {database} SET default_transaction_read_only = on", TERMINATE],
        ["ALTER DATABASE {database} RESET default_transaction_read_only"],
        "read-only",
    ),
    "a table is renamed": (
        ["ALTER TABLE inbox RENAME TO elsewhere"],
        ["ALTER TABLE elsewhere RENAME TO inbox"],
        "incomplete",
    ),
    "a column gets a type that cannot be compared": (
        ["ALTER TABLE inbox ALTER COLUMN consumer TYPE bytea USING consumer::bytea"],
        ["ALTER TABLE inbox ALTER COLUMN consumer TYPE text USING convert_from(consumer, 'UTF8')"],
        "operator does not exist",
    ),
    "the sessions' statements are too slow": (
        [f"{BEGIN} PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NEW; {END}", GUARD],
        ["DROP TRIGGER guard ON orders"],
        "canceled a statement",
    ),
}
"""Changes that last until they are undone, and how the error names them."""


@pytest.fixture
def administer(url: str) -> Iterator[Administer]:
    """Executes statements as the database's administrator."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        yield lambda statement: connection.execute(statement.format(database=connection.info.dbname))


@pytest.fixture
def batches(parts: Parts) -> Iterator[list[Message]]:
    """Batches of new orders, without end; the first is handled already, so that its statements are prepared."""
    numbers = count(1)
    made = (
        [
            message_of(event_of(placed(amazon_order_id=f"123-1234567-{next(numbers):07d}")), "order.placed")
            for _ in range(3)
        ]
        for _ in count()
    )
    parts.processor("order-placed").take(next(made))
    return made


def recorded(ledger: Ledger) -> int:
    with ledger.read() as work:
        assert work.dead_letters.latest(LetterFilter()) == []
        return sum(work.orders.counts()["status"].values())


@pytest.mark.parametrize("change", BRIEF)
def test_a_brief_change_costs_a_repetition_and_no_event(
    change: str, parts: Parts, administer: Administer, batches: Iterator[list[Message]]
) -> None:
    processor = parts.processor("order-placed")
    for statement in BRIEF[change]:
        administer(statement)
    batch = next(batches)
    for _ in range(3):
        try:
            processor.take(batch)
        except LedgerUnavailableError:
            continue
        break
    assert recorded(parts.ledger) == 6


@pytest.mark.parametrize("change", LASTING)
def test_a_lasting_change_is_named_and_no_event_is_lost_until_it_is_undone(
    change: str, parts: Parts, administer: Administer, batches: Iterator[list[Message]]
) -> None:
    statements, repair, sentence = LASTING[change]
    processor, batch = parts.processor("order-placed"), next(batches)
    for statement in statements:
        administer(statement)
    with pytest.raises(LedgerUnavailableError):  # the first may only notice that its session has ended
        processor.take(batch)
    with pytest.raises(LedgerUnavailableError, match=sentence) as refused:
        processor.take(batch)
    assert "123-1234567" not in str(refused.value)
    for statement in repair:
        administer(statement)
    processor.take(batch)
    assert recorded(parts.ledger) == 6
