"""A message to nobody: whether the broker takes messages at all, or has an alarm."""

from pika.channel import Channel

from events.errors import BrokerUnavailableError
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.request import OnResponse, RefusedError, request

NOBODY = "crossdock.nobody"
"""A routing key of the default exchange, which delivers to the queue of that name; there is none."""

TIMEOUT = 2.0
"""Seconds for the broker to confirm it; below the usual time limit of a readiness probe."""


def publish_to_nobody(connection: RabbitConnection) -> bool:
    """Publish a message that is dropped: only then does RabbitMQ tell a connection of its alarms.

    Returns False for an account that may not publish to the default exchange, which learns of alarms with its next
    publication: RabbitMQ logs every refusal, so it should not be tried again. Raises BrokerUnavailableError when the
    broker neither confirms it nor has an alarm.
    """
    if connection.alarm:
        return True
    try:
        request(connection, _publish, TIMEOUT)
    except RefusedError:
        return False
    except BrokerUnavailableError:
        if not connection.alarm:
            raise
    return True


def alarm_sentence(reason: str) -> str:
    """Return a sentence about an alarm, by the broker's reason, `low on memory` or `low on disk`."""
    return f"RabbitMQ takes no messages, it has an alarm ({reason}); free memory or disk space on its machine."


def _publish(channel: Channel, on_response: OnResponse) -> None:
    channel.confirm_delivery(on_response)
    channel.basic_publish("", NOBODY, b"")
