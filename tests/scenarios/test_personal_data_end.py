"""31 days after an order's end its buyer is in no place, plain or decryptable with the keys that are left."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import delete

from events.envelope import decode
from ledger.encryption.cipher import Cipher
from ledger.tables.documents import documents
from ledger.tables.indexes import complete_metadata
from operations.dead_letters import edit as editing
from operations.outbox import put_in_outbox
from operations.personal_data.keys import rewrap
from pipeline.parsing import redelivery
from schemas.dead_letters import DeadLetter, LetterState
from schemas.message import Message
from schemas.personal import Address, Buyer
from schemas.product import Product
from schemas.settings import Settings
from tests.builders import ORDER_ID, START, a_report, an_item, changed, placed, shipped
from tests.carving import Carver
from tests.harness import VAULT_KEY, Pipeline, event_of, eventually, message_of
from tests.letters import LaterClock
from workers.jobs import apply_retention, run_all

BUYER = Buyer(name="Zebulon Testbuyer", email="zebulon@example.com")
HOME = Address(
    name="Zebulon Testbuyer",
    line1="7 Unmistakable Street",
    city="Quagmireville",
    region="CA",
    postal_code="90999",
    country_code="US",
)
ITEM = an_item(title="Mug, engraved for Perpetua")
IN_VAULT = ("Zebulon", "zebulon@", "Unmistakable", "Quagmireville", "Otherstreet")
MARKERS = (*IN_VAULT, "Perpetua", "TRACK-0815")


pytestmark = pytest.mark.slow


@pytest.fixture
def clock(pipeline: Pipeline) -> LaterClock:
    """The clock of the pipeline's ledger."""
    clock = LaterClock()
    pipeline.ledger._clock = clock
    return clock


@pytest.fixture
def carver(pipeline: Pipeline) -> Carver:
    """Looks at the pipeline's database."""
    return Carver(pipeline.ledger._engine)


def live(pipeline: Pipeline) -> Iterator[None]:
    """Let an order live through all that stores its buyer's data, and end."""
    pipeline.stock(Product(sku="SKU-1", name="Thing", quantity=9))
    pipeline.handle(shipped(tracking_number="TRACK-0815"), changed("Pending", buyer=BUYER))
    yield
    pipeline.handle(placed(buyer=BUYER, items=(ITEM,)))
    yield
    document = event_of(placed(buyer=BUYER, shipping_address=HOME, items=(ITEM,)))
    wrong = [
        document | {"type": "order.unknown"},
        document | {"id": "wrong-1", "data": document["data"] | {"status": "7 Unmistakable Street"}},
        document | {"id": "wrong-2", "data": "Zebulon Testbuyer"},
    ]
    pipeline.publish([message_of(one, "order.placed") for one in wrong])
    pipeline.publish([message_of(message_of(document, "order.placed").body[:-9], "order.placed")])
    eventually(lambda: len(_handled_letters(pipeline)) >= 4, "each wrong message is a dead letter")
    yield
    put_in_outbox(pipeline.context.ledger, [_retried()])
    yield
    pipeline.handle(a_report("Unshipped", buyer=BUYER, shipping_address=HOME, items=(ITEM,)))
    yield
    _edit_a_letter(pipeline)
    yield
    pipeline.handle(changed("Shipped", minutes=70))


def _retried() -> Message:
    """Return a report as a delayed retry stores it."""
    document = event_of(changed("Pending", minutes=2, shipping_address=HOME), "retried")
    return redelivery(decode(message_of(document, "order.status_changed")), attempt=1)


def _handled_letters(pipeline: Pipeline) -> list[DeadLetter]:
    """Handle what has arrived; return the dead letters. A queue cannot tell of messages that are on their way to it."""
    pipeline.drain()
    return pipeline.letters()


def _edit_a_letter(pipeline: Pipeline) -> None:
    letter = next(letter for letter in pipeline.letters() if "status" in letter.reason and letter.amazon_order_id)
    body = editing.read_body(pipeline.context, letter.id).body
    corrected = editing.with_fields(
        body, [("data.status", "Pending"), ("data.shipping_address.line1", "9 Otherstreet")]
    )
    editing.edit(pipeline.context, letter.id, corrected, actor="tester", reason="test")
    pipeline.drain()


def test_nothing_of_the_buyer_can_be_read(pipeline: Pipeline, clock: LaterClock, carver: Carver) -> None:
    for _ in live(pipeline):
        carver.look()
    carver.look()
    before = carver.readable(VAULT_KEY)
    assert [marker for marker in MARKERS if marker not in before] == []
    end_of_time(pipeline, clock)
    after = carver.readable(VAULT_KEY)
    assert [marker for marker in MARKERS if marker in after] == []


def end_of_time(pipeline: Pipeline, clock: LaterClock) -> None:
    """Run the retention 31 days later, and the steps for PostgreSQL's administrator in docs/personal-data.md."""
    clock.pass_time(days=31)
    run_all([apply_retention], pipeline.ledger, Settings(), clock())
    engine = pipeline.ledger._engine
    with engine.begin() as connection:
        connection.execute(delete(documents))  # the simulated Amazon is another system, though it shares the database
    pipeline.ledger.overwrite_deleted()
    if engine.dialect.name == "postgresql":
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        eventually(lambda: kept_dead_rows(url) == 0, "no transaction from before the retention may see deleted rows")


def kept_dead_rows(url: str) -> int:
    """Rewrite PostgreSQL's tables; return how many dead rows it kept, for transactions that may still see them.

    Such a transaction need not be ours: the server itself opens some, to analyze tables and to accept connections.
    """
    details: list[str] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: details.append(notice.message_detail or ""))
        connection.execute(f"VACUUM (FULL, VERBOSE) {', '.join(complete_metadata.tables)}")
    kept = [int(found[1]) for detail in details if (found := re.match(r"(\d+) dead row versions cannot be", detail))]
    assert len(kept) >= len(complete_metadata.tables), details
    return sum(kept)


def test_the_order_is_readable_and_a_late_report_brings_nobody_back(
    pipeline: Pipeline, clock: LaterClock, carver: Carver
) -> None:
    for _ in live(pipeline):
        pass
    end_of_time(pipeline, clock)
    pipeline.handle(a_report("Shipped", minutes=80, buyer=BUYER, shipping_address=HOME, items=(ITEM,)))
    carver.look()
    readable = carver.readable(VAULT_KEY)
    assert [marker for marker in MARKERS if marker in readable] == []
    assert pipeline.order().amazon_order_id == ORDER_ID
    assert "personal data was destroyed" in "".join(entry.note for entry in pipeline.history())


def test_a_letter_that_lost_its_message_is_discarded_with_the_reason(pipeline: Pipeline, clock: LaterClock) -> None:
    for _ in live(pipeline):
        pass
    end_of_time(pipeline, clock)
    letters = pipeline.letters()
    assert {letter.state for letter in letters} <= {LetterState.DISCARDED, LetterState.RESOLVED}
    with pipeline.ledger.read() as work:
        reasons = {entry.why for entry in work.audit_log.latest() if entry.action == "letter.discard"}
    assert reasons == {"The time of the buyer's personal data was over."}


def test_an_order_that_nobody_ends_keeps_its_buyer_for_the_outer_limit(
    pipeline: Pipeline, clock: LaterClock, carver: Carver
) -> None:
    pipeline.handle(placed(buyer=BUYER, purchase_date=START, items=(ITEM,)))
    carver.look()
    clock.pass_time(days=179)
    run_all([apply_retention], pipeline.ledger, Settings(), clock())
    assert "Zebulon" in carver.readable(VAULT_KEY)
    clock.pass_time(days=2)
    end_of_time(pipeline, clock)
    readable = carver.readable(VAULT_KEY)
    assert [marker for marker in MARKERS if marker in readable] == []


def test_a_backup_from_before_reveals_no_buyer_once_the_vaults_key_was_changed(
    pipeline: Pipeline, clock: LaterClock, carver: Carver
) -> None:
    for _ in live(pipeline):
        carver.look()
    carver.look()
    backup = carver.files()
    new = bytes(range(32, 64))
    pipeline.ledger._cipher = Cipher.of([new, VAULT_KEY])
    rewrap(pipeline.ledger, lambda _: None)
    carver.look()
    assert "Zebulon" in carver.readable(new, backup=backup), "the order has not ended yet"
    end_of_time(pipeline, clock)
    assert "Zebulon" in carver.readable(new, VAULT_KEY, backup=backup), "with the old key the backup can be read"
    readable = carver.readable(new, backup=backup)
    assert [marker for marker in IN_VAULT if marker in readable] == []


def test_postgresql_keeps_a_deleted_row_while_an_older_transaction_may_see_it(migrated_database_url: str) -> None:
    with (
        psycopg.connect(migrated_database_url) as older,
        psycopg.connect(migrated_database_url, autocommit=True) as ours,
    ):
        older.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        older.execute("SELECT 1")
        ours.execute("INSERT INTO documents (kind, key) VALUES ('test', '1')")
        ours.execute("DELETE FROM documents")
        assert kept_dead_rows(migrated_database_url) == 1
        older.rollback()
        eventually(lambda: kept_dead_rows(migrated_database_url) == 0, "the row's space is free")
