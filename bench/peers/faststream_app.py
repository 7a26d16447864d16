"""FastStream: a subscriber that publishes what it returns. aio-pika confirms publications by default."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from psycopg_pool import AsyncConnectionPool

from bench.job import handle_one_async

ORDERS = RabbitQueue("bench-orders", queue_type=QueueType.QUORUM, durable=True)
FOLLOW_UPS = RabbitQueue("bench-follow-ups", queue_type=QueueType.QUORUM, durable=True)

# By default FastStream logs two lines a message, which nobody else here does.
broker = RabbitBroker(os.environ["CROSSDOCK_BROKER_URL"], default_channel=Channel(prefetch_count=8), logger=None)
pool = AsyncConnectionPool(os.environ["CROSSDOCK_DATABASE_URL"], min_size=8, max_size=8, open=False)


@asynccontextmanager
async def connected() -> AsyncIterator[None]:
    """Hold the pool open while the application runs."""
    async with pool:
        yield


app = FastStream(broker, lifespan=connected)


@broker.subscriber(ORDERS, ack_policy=AckPolicy.NACK_ON_ERROR)
@broker.publisher(FOLLOW_UPS, persist=True)
async def handle(text: str) -> str:
    """Do the job and return the follow-up."""
    async with pool.connection() as connection:
        return (await handle_one_async(connection, text.encode())).decode()


async def _send(text: str) -> None:
    async with broker:
        await broker.declare_queue(ORDERS)
        await broker.declare_queue(FOLLOW_UPS)
        await broker.publish(text, ORDERS, persist=True)


def send(text: str) -> str:
    """Publish one event as a client does; it bears no id of FastStream's."""
    asyncio.run(_send(text))
    return ""


if __name__ == "__main__":
    asyncio.run(app.run())
