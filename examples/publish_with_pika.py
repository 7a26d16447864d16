"""Publish an order from Python with pika alone: placed, then paid for.

Run it as `python publish_with_pika.py amqp://USER:PASSWORD@HOST:5672/VHOST`.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import pika

ORDER_ID = "114-0000001-0000001"


def now() -> str:
    """Return the present instant as RFC 3339 with its offset."""
    return datetime.now(UTC).isoformat()


def money(amount: str) -> dict[str, str]:
    """Return US dollars; the amount is a decimal string, never a float."""
    return {"currency": "USD", "amount": amount}


def event(name: str, number: int, data: Mapping[str, object]) -> dict[str, object]:
    """Return a CloudEvent. `source` and `id` identify it: published twice, it is handled once."""
    return {
        "specversion": "1.0",
        "id": f"{ORDER_ID}/{number}",
        "source": "/example/pika",
        "type": name,
        "subject": ORDER_ID,
        "time": now(),
        "datacontenttype": "application/json",
        "data": data,
    }


def order_placed() -> dict[str, object]:
    """Return Amazon's first report: the order waits for its payment."""
    item = {
        "order_item_id": "10000000000001",
        "seller_sku": "MUG-BLUE",
        "title": "Blue mug",
        "quantity": 2,
        "item_price": money("19.98"),
        "item_tax": money("1.60"),
        "shipping_price": money("4.99"),
    }
    data = {
        "store_id": "us",
        "amazon_order_id": ORDER_ID,
        "purchase_date": now(),
        "last_update_date": now(),
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": "MFN",
        "order_total": money("26.57"),
        "items": [item],
    }
    return event("order.placed", 1, data)


def payment_verified() -> dict[str, object]:
    """Return Amazon's report of the verified payment: the order may be shipped, and where to."""
    data = {
        "store_id": "us",
        "amazon_order_id": ORDER_ID,
        "status": "Unshipped",
        "last_update_date": now(),
        "buyer": {"name": "Test Buyer", "email": "buyer@example.com"},
        "shipping_address": {
            "name": "Test Buyer",
            "line1": "1 Example Street",
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country_code": "US",
        },
    }
    return event("order.status_changed", 2, data)


def publish(url: str, events: list[dict[str, object]]) -> None:
    """Send the events, each confirmed by the broker; pika raises where one is not."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    for envelope in events:
        channel.basic_publish(
            exchange="crossdock.events",
            routing_key=str(envelope["type"]),
            body=json.dumps(envelope).encode(),
            properties=pika.BasicProperties(
                content_type="application/cloudevents+json",
                delivery_mode=pika.DeliveryMode.Persistent,
                message_id=str(envelope["id"]),
                type=str(envelope["type"]),
                correlation_id=ORDER_ID,
            ),
        )
    connection.close()


if __name__ == "__main__":
    publish(sys.argv[1], [order_placed(), payment_verified()])
