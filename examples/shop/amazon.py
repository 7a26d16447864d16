"""An upstream system: publishes orders that are placed, then paid for.

Run it as `python amazon.py amqp://USER:PASSWORD@HOST:5672/VHOST [ORDERS]`.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pika

STORE = "us"


def event(name: str, order_id: str, number: int, data: Mapping[str, object]) -> dict[str, object]:
    """Return a CloudEvent. `source` and `id` are its identity: a repeat with the same ones changes nothing."""
    now = datetime.now(UTC).isoformat()
    order = {"store_id": STORE, "amazon_order_id": order_id, "last_update_date": now}
    return {
        "specversion": "1.0",
        "id": f"{order_id}/{number}",
        "source": "/example/shop/amazon",
        "type": name,
        "time": now,
        "data": {**order, **data},
    }


def placed(order_id: str) -> dict[str, object]:
    """Return the event of an order for one mug, not paid for yet."""
    price = {"currency": "USD", "amount": "9.99"}
    item = {"order_item_id": f"{order_id[-7:]}1", "seller_sku": "MUG-BLUE", "quantity": 1, "item_price": price}
    data = {
        "purchase_date": datetime.now(UTC).isoformat(),
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": "MFN",
        "order_total": price,
        "items": [item],
    }
    return event("order.placed", order_id, 1, data)


def paid(order_id: str) -> dict[str, object]:
    """Return the event that the payment is verified: the order may be shipped, and where to."""
    address = {
        "name": "Test Buyer",
        "line1": "1 Example Street",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country_code": "US",
    }
    return event("order.status_changed", order_id, 2, {"status": "Unshipped", "shipping_address": address})


def events(orders: int) -> Iterator[dict[str, object]]:
    """Yield two events for each order; the order ids are new in each run."""
    run = int(time.time()) % 10_000_000
    for number in range(orders):
        order_id = f"114-{run:07}-{number:07}"
        yield placed(order_id)
        yield paid(order_id)


def main(url: str, orders: int) -> None:
    """Publish the events, each confirmed by the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    for published in events(orders):
        channel.basic_publish(
            exchange="crossdock.events",
            routing_key=str(published["type"]),
            body=json.dumps(published).encode(),
            properties=pika.BasicProperties(
                content_type="application/cloudevents+json", delivery_mode=pika.DeliveryMode.Persistent
            ),
        )
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
