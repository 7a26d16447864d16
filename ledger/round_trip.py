"""One round trip to PostgreSQL: a prepared statement, and with it, where wanted, the transaction's BEGIN and COMMIT."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.abc import PQGen
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

_FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Call(NamedTuple):
    """A statement that was prepared by a name, with the values of its parameters."""

    name: bytes
    values: Sequence[bytes]
    formats: Sequence[Format]


def travel(driver: psycopg.Connection[Any], call: Call, *, begin: bytes | None, commit: bool) -> PGresult:
    """Execute a statement, after *begin* where given, and commit where wanted. Returns its result, or the first error.

    What comes after an error is not done. Raises psycopg's OperationalError when the connection is lost meanwhile.
    """
    connection = driver.pgconn
    if begin is None and not commit:
        return connection.exec_prepared(*call)
    connection.enter_pipeline_mode()
    if begin:
        connection.send_query_params(begin, None)
    connection.send_query_prepared(*call)
    if commit:
        connection.send_query_params(b"COMMIT", None)
    connection.pipeline_sync()
    results = driver.wait(_results(connection))
    connection.exit_pipeline_mode()
    wrong = next((result for result in results if result.status not in _FINE), None)
    return wrong or results[1 if begin else 0]


def _results(connection: PGconn) -> PQGen[list[PGresult]]:
    """Send what is to be sent, and return the result of each statement before the pipeline's end."""
    yield from send(connection)
    results: list[PGresult] = []
    while True:
        result: PGresult | None = yield from fetch(connection)
        if result is None:  # ends the results of one statement
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)
