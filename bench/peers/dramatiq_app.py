"""Dramatiq: an actor with confirmed delivery. Dramatiq acknowledges after the actor has returned."""

import os
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from psycopg_pool import ConnectionPool

from bench.job import handle_one


class QuorumBroker(RabbitmqBroker):
    """Dramatiq has no option for quorum queues; the arguments of its declarations have."""

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        return {**super()._build_queue_arguments(queue_name), "x-queue-type": "quorum"}


class OpenPool(dramatiq.Middleware):
    """Connects in the process that does the work."""

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        """Open the pool after the fork."""
        pool.open()


broker = QuorumBroker(url=os.environ["CROSSDOCK_BROKER_URL"], confirm_delivery=True)
broker.add_middleware(OpenPool())
dramatiq.set_broker(broker)
pool = ConnectionPool(os.environ["CROSSDOCK_DATABASE_URL"], min_size=8, max_size=8, open=False)


@dramatiq.actor(queue_name="bench-orders")
def handle(text: str) -> None:
    """Do the job and return the follow-up."""
    with pool.connection() as connection:
        follow_up = handle_one(connection, text.encode())
    record.send(follow_up.decode())


@dramatiq.actor(queue_name="bench-follow-ups")
def record(text: str) -> None:
    """Stand for the next consumer, which the bench itself is."""


def send(text: str) -> str:
    """Publish one event as a client does, and return its message id."""
    broker.declare_queue("bench-follow-ups", ensure=True)
    return str(handle.send(text).message_id)
