"""Orders for the measurements of slow external systems: FBM, one line, with a buyer and an address."""

from collections.abc import Sequence

from bench.environment import Environment
from bench.served import SKU
from events.envelope import encode
from events.open_bus import open_bus
from gateways.simulator.gateways import SimulatedGateways
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import read_or_make_key
from ledger.ledger import Ledger, utc_now
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.message import Message
from schemas.payloads import OrderPlaced
from schemas.store import Store

STORE = Store(store_id="bench-outside", name="Bench outside", marketplace_id="ATVPDKIKX0DER")
BATCH = 100
CONFIRM_SECONDS = 60.0


def placed(group: int, number: int, sku: str = SKU) -> OrderPlaced:
    """Return an order that is to be shipped; *group* and *number* are below 10 million."""
    return OrderPlaced.model_validate(
        {
            "store_id": STORE.store_id,
            "amazon_order_id": f"705-{group:07d}-{number:07d}",
            "purchase_date": utc_now().isoformat(),
            "last_update_date": utc_now().isoformat(),
            "marketplace_id": STORE.marketplace_id,
            "fulfillment_channel": "MFN",
            "status": "Unshipped",
            "order_total": {"currency": "USD", "amount": "10.00"},
            "items": [
                {
                    "order_item_id": f"{group:07d}{number:07d}",
                    "seller_sku": sku,
                    "title": "Bench product",
                    "quantity": 1,
                    "item_price": {"currency": "USD", "amount": "10.00"},
                }
            ],
            "buyer": {"name": "Bench Buyer", "email": "buyer@marketplace.example.com"},
            "shipping_address": {
                "name": "Bench Buyer",
                "line1": "1 Bench Street",
                "city": "Benchville",
                "region": "CA",
                "postal_code": "90001",
                "country_code": "US",
                "phone": "+1 555 0100",
            },
        }
    )


def open_ledger(environment: Environment) -> Ledger:
    """Open the ledger of the environment."""
    return Ledger.open(
        environment.database_url, Cipher.of([read_or_make_key(environment.servers.folder / "vault.key")])
    )


def record(environment: Environment, orders: Sequence[OrderPlaced]) -> list[Message]:
    """Record orders, and return the request to import each."""
    ledger = open_ledger(environment)
    try:
        recorder = BatchProcessor("order-placed", ledger, SimulatedGateways(ledger.documents), Deadlines())
        messages = [encode(order, f"bench-{order.amazon_order_id}", utc_now()) for order in orders]
        follow_ups = [
            follow_up
            for first in range(0, len(messages), BATCH)
            for follow_up in recorder.take(messages[first : first + BATCH]).follow_ups
        ]
    finally:
        ledger.close()
    return [follow_up for follow_up in follow_ups if follow_up.name == "import.requested"]


def publish(environment: Environment, messages: Sequence[Message]) -> None:
    """Publish messages, all at once."""
    bus = open_bus(environment.broker_url, "bench")
    bus.publish(list(messages)).wait(CONFIRM_SECONDS)
    bus.close()
