"""A listener: ships every order that Commerce has, as a warehouse would.

It listens for the announcement `order.imported` on a queue of its own and publishes `commerce.shipped`. Run it as
`python warehouse.py amqp://USER:PASSWORD@HOST:5672/VHOST [ORDERS]`; it ends after so many orders, or never.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

EXCHANGE, QUEUE = "crossdock.events", "commerce.warehouse"


def shipped(imported: dict[str, Any]) -> dict[str, object]:
    """Return the event that the whole order has left in one parcel."""
    order = imported["data"]
    order_id = order["amazon_order_id"]
    return {
        "specversion": "1.0",
        "id": f"{order_id}/shipment",
        "source": "/example/shop/warehouse",
        "type": "commerce.shipped",
        "data": {
            "store_id": order["store_id"],
            "amazon_order_id": order_id,
            "shipment_id": f"{order_id}-1",
            "shipped_at": datetime.now(UTC).isoformat(),
            "carrier_code": "UPS",
            "tracking_number": f"1Z{order_id.replace('-', '')[-16:]:0>16}",
        },
    }


def listen(channel: BlockingChannel, orders: int) -> None:
    """Ship imported orders; acknowledge each once its shipment is confirmed by the broker."""
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(QUEUE, EXCHANGE, "order.imported")
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=10)
    for number, (method, _, body) in enumerate(channel.consume(QUEUE), 1):
        event = shipped(json.loads(body))
        channel.basic_publish(
            exchange=EXCHANGE,
            routing_key=str(event["type"]),
            body=json.dumps(event).encode(),
            properties=pika.BasicProperties(
                content_type="application/cloudevents+json", delivery_mode=pika.DeliveryMode.Persistent
            ),
        )
        channel.basic_ack(method.delivery_tag)
        if number == orders:
            channel.cancel()


def main(url: str, orders: int) -> None:
    """Listen at the broker."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    listen(connection.channel(), orders)
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
