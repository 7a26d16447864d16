"""Personal data is in the vault and nowhere else: not in a row, not in a file of the database, not in a log line."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from handlers.decision import Decision, Handler, OrderContext
from operations.errors import RefusedActionError
from operations.orders.actions import edit_address
from schemas.payloads import OrderPlaced
from schemas.personal import Address, Buyer
from schemas.product import Product
from tests.builders import ORDER_ID, a_report, changed, placed, shipped
from tests.harness import Pipeline, event_of, eventually, message_of
from workers.jobs import SYNC
from workers.process.logs import set_up_logs

pytestmark = pytest.mark.usefixtures("restored_logs")

BUYER = Buyer(name="Zebulon Testbuyer", email="zebulon@example.com")
HOME = Address(
    name="Zebulon Testbuyer",
    company="Undisclosed Widgets",
    line1="7 Unmistakable Street",
    city="Quagmireville",
    region="CA",
    postal_code="90999",
    country_code="US",
    phone="555-0142-777",
)
WORDS = {
    "purchase_order_number": "Whisperedword-1",
    "company_name": "Whisperedword Ltd",
    "tax_ids": ["VAT Whisperedword"],
    "address_instructions": "behind Whisperedword",
    "items": [{"order_item_id": "item-1", "gift_message": "Whisperedword!", "customization_url": "Whisperedword/1"}],
}
SECRETS = (
    "Zebulon",
    "zebulon@",
    "Undisclosed",
    "Unmistakable",
    "Quagmireville",
    "90999",
    "555-0142-777",
    "Otherstreet",
    "Whisperedword",
)
OTHER_ID = "123-1234567-0000002"


def live_through_everything(pipeline: Pipeline) -> None:
    """Import, block, mend, ship, complete, fail: wherever personal data might be repeated."""
    pipeline.stock(Product(sku="SKU-1", name="Thing", quantity=9))
    lacking = HOME.model_copy(update={"city": None})
    pipeline.handle(shipped(), placed(buyer=BUYER, personal_instructions=WORDS))
    pipeline.handle(a_report("Unshipped", shipping_address=lacking, buyer=BUYER))
    with pytest.raises(RefusedActionError):
        edit_address(pipeline.context, ORDER_ID, None, {"country_code": "Unmistakable"}, actor="ann")
    edit_address(pipeline.context, ORDER_ID, None, {"city": "Quagmireville", "line1": "9 Otherstreet"}, actor="ann")
    pipeline.drain()
    pipeline.run_jobs(*SYNC)
    pipeline.handle(changed("Canceled", minutes=90, shipping_address=HOME, amazon_order_id=OTHER_ID))
    fail_to_read(pipeline)
    fail_to_handle(pipeline)


def fail_to_read(pipeline: Pipeline) -> None:
    """Publish an unreadable message with personal data in it."""
    document = event_of(placed(buyer=BUYER, shipping_address=HOME))
    wrong: list[dict[str, Any]] = [
        document | {"type": "order.unknown"},
        document | {"specversion": "9"},
        document | {"id": "wrong-1", "data": document["data"] | {"status": HOME.line1}},
        document | {"id": "wrong-2", "data": document["data"] | {"purchase_date": BUYER.name}},
        document | {"id": "wrong-3", "data": document["data"] | {"items": [{"quantity": BUYER.name}]}},
        document | {"id": "wrong-4", "data": BUYER.name},
    ]
    cut = message_of(document, "order.placed").body[:-9]
    pipeline.publish([message_of(one, "order.placed") for one in wrong] + [message_of(cut, "order.placed")])
    pipeline.drain()


def fail_to_handle(pipeline: Pipeline) -> None:
    """Let a handler fail with personal data in its last words."""
    step = pipeline.consumers["order-placed"]._processor

    def decide(known: OrderContext, event: OrderPlaced, answers: object) -> Decision:
        raise ValueError(event.model_dump_json())

    sound, step._handler = step._handler, Handler(decide)
    pipeline.handle(placed(buyer=BUYER, shipping_address=HOME, amazon_order_id="123-1234567-0000003"))
    step._handler = sound


def rows(pipeline: Pipeline) -> Iterator[tuple[str, bytes]]:
    """Give every value of every table, as bytes."""
    engine = pipeline.ledger._engine
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608 - our own tables
                for value in row:
                    yield table, bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def has_letters(pipeline: Pipeline, count: int) -> bool:
    """Handle messages; return whether so many of them are dead letters by now."""
    pipeline.drain()
    return len(pipeline.letters()) >= count


@pytest.mark.on_servers
def test_no_personal_data_can_be_read_in_the_database_or_in_the_logs(
    pipeline: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("debug")
    live_through_everything(pipeline)
    eventually(partial(has_letters, pipeline, 8), "the letters are there")
    found = [(table, secret) for table, value in rows(pipeline) for secret in SECRETS if secret.encode() in value]
    assert found == []
    for file in tmp_path.glob("crossdock.db*"):
        assert not [secret for secret in SECRETS if secret.encode() in file.read_bytes()], file.name
    printed = "".join(capsys.readouterr())
    assert '"event": "batch handled"' in printed
    assert '"event": "handler failed"' in printed
    assert [line for line in printed.splitlines() if any(secret in line for secret in SECRETS)] == []


@pytest.mark.on_servers
def test_the_vaults_data_can_be_read_with_its_key(pipeline: Pipeline) -> None:
    pipeline.handle(placed(buyer=BUYER, shipping_address=HOME))
    key = pipeline.order().key
    with pipeline.ledger.read() as work:
        assert work.vault.load([key])[key].shipping_address == HOME
