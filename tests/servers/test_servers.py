"""The servers of the tests."""

import pika
import psycopg


def test_a_test_gets_a_virtual_host_of_its_own(vhost_url: str) -> None:
    """Its client may declare there."""
    connection = pika.BlockingConnection(pika.URLParameters(vhost_url))
    declared = connection.channel().queue_declare("mine", durable=True, arguments={"x-queue-type": "quorum"})
    assert declared.method.message_count == 0
    connection.close()


def test_a_test_gets_a_database_of_its_own(database_url: str, postgres_url: str) -> None:
    """It is empty, and not the maintenance database."""
    assert database_url != postgres_url
    with psycopg.connect(database_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)
