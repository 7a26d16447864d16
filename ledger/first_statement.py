"""The first statement of a transaction, which travels together with BEGIN: one round trip to PostgreSQL less."""

import select
from collections.abc import Iterator, Sequence

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult


def begin_with(
    connection: PGconn, begin: bytes, name: bytes, values: Sequence[bytes], formats: Sequence[Format]
) -> PGresult:
    """Begin a transaction, execute a prepared statement in it, and return its result, an error's too.

    Raises psycopg's OperationalError when the connection is lost meanwhile.
    """
    connection.enter_pipeline_mode()
    connection.send_query_params(begin, None)
    connection.send_query_prepared(name, values, formats)
    connection.pipeline_sync()
    *_, result = _results(connection)
    connection.exit_pipeline_mode()
    return result


def _results(connection: PGconn) -> Iterator[PGresult]:
    while True:
        while connection.is_busy():
            _wait(connection)
        result = connection.get_result()
        if result is None:  # ends the results of one statement; for ever, once the connection is lost
            if connection.status == ConnStatus.BAD:
                raise psycopg.OperationalError(connection.get_error_message())
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return
        else:
            yield result


def _wait(connection: PGconn) -> None:
    """Wait without Python's lock, which libpq's own waiting for a result would hold."""
    unsent = connection.flush()
    waiting = select.poll()
    waiting.register(connection.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
    waiting.poll()
    connection.consume_input()
