"""Celery: a task with late acknowledgement on quorum queues, publisher confirms on."""

import os

from celery import Celery
from celery.signals import worker_init, worker_process_init
from kombu.entity import Queue
from psycopg_pool import ConnectionPool

from bench.job import handle_one

QUORUM = {"x-queue-type": "quorum"}

app = Celery("bench", broker=os.environ["CROSSDOCK_BROKER_URL"])
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_default_queue="bench-orders",
    task_default_queue_type="quorum",
    task_queues=[Queue("bench-orders", queue_arguments=QUORUM), Queue("bench-follow-ups", queue_arguments=QUORUM)],
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
)
pool = ConnectionPool(os.environ["CROSSDOCK_DATABASE_URL"], min_size=1, max_size=8, open=False)


@worker_init.connect
@worker_process_init.connect
def open_pool(sender: object = None, **_: object) -> None:
    """Connect in the process that does the work: a prefork child, or the worker itself with threads."""
    if sender is None or "prefork" not in str(getattr(sender, "pool_cls", "")):
        pool.open()


@app.task(name="bench.handle")
def handle(text: str) -> None:
    """Do the job and return the follow-up."""
    with pool.connection() as connection:
        follow_up = handle_one(connection, text.encode())
    record.apply_async((follow_up.decode(),), queue="bench-follow-ups")


@app.task(name="bench.record")
def record(text: str) -> None:
    """Stand for the next consumer, which the bench itself is."""


def send(text: str) -> str:
    """Publish one event as a client does, and return its task id."""
    return str(handle.delay(text).id)
