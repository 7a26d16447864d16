"""taskiq: a task on aio-pika's broker; quorum queues and confirms are its defaults; follow-ups by a second broker."""

import asyncio
import os

from psycopg_pool import AsyncConnectionPool
from taskiq import TaskiqEvents, TaskiqState
from taskiq_aio_pika import AioPikaBroker, Queue

from bench.job import handle_one_async

broker = AioPikaBroker(os.environ["CROSSDOCK_BROKER_URL"]).with_queue(Queue(name="bench-orders"))
follow_ups = AioPikaBroker(os.environ["CROSSDOCK_BROKER_URL"]).with_queue(Queue(name="bench-follow-ups"))
pool = AsyncConnectionPool(os.environ["CROSSDOCK_DATABASE_URL"], min_size=10, max_size=10, open=False)


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def start(_: TaskiqState) -> None:
    """Connect the broker and the database of a task."""
    await pool.open()
    await follow_ups.startup()


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def stop(_: TaskiqState) -> None:
    """Disconnect."""
    await follow_ups.shutdown()
    await pool.close()


@broker.task(task_name="bench.handle")
async def handle(text: str) -> None:
    """Do the job and return the follow-up."""
    async with pool.connection() as connection:
        follow_up = await handle_one_async(connection, text.encode())
    await record.kiq(follow_up.decode())


@follow_ups.task(task_name="bench.record")
async def record(text: str) -> None:
    """Stand for the next consumer, which the bench itself is."""


async def _send(text: str) -> str:
    await broker.startup()
    await follow_ups.startup()
    task = await handle.kiq(text)
    await follow_ups.shutdown()
    await broker.shutdown()
    return str(task.task_id)


def send(text: str) -> str:
    """Publish one event as a client does, and return its task id."""
    return asyncio.run(_send(text))
