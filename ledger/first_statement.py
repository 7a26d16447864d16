"""The first statement of a transaction, which travels together with BEGIN: one round trip to PostgreSQL less."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult


def begin_with(
    driver: psycopg.Connection[Any], begin: bytes, name: bytes, values: Sequence[bytes], formats: Sequence[Format]
) -> PGresult:
    """Begin a transaction, execute a prepared statement in it, and return its result, an error's too.

    Raises psycopg's OperationalError when the connection is lost meanwhile.
    """
    connection = driver.pgconn
    connection.enter_pipeline_mode()
    connection.send_query_params(begin, None)
    connection.send_query_prepared(name, values, formats)
    connection.pipeline_sync()
    result = driver.wait(_last(connection))
    connection.exit_pipeline_mode()
    return result


def _last(connection: PGconn) -> PQGen[PGresult]:
    """Send what is to be sent, and return the last result before the pipeline's end."""
    yield from send(connection)
    last: PGresult | None = None
    while True:
        result: PGresult | None = yield from fetch(connection)
        if result is None:  # ends the results of one statement
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            assert last is not None  # noqa: S101 - each statement has a result
            return last
        last = result
