"""One round trip to PostgreSQL: a prepared statement, and with it, where wanted, the transaction's BEGIN and COMMIT."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import psycopg
from psycopg.abc import PQGen
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

_FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class PreparedCall(NamedTuple):
    """A statement that was prepared by a name, with the values of its parameters."""

    name: bytes
    values: Sequence[bytes]
    formats: Sequence[Format]


def execute(driver: psycopg.Connection[Any], call: PreparedCall, begin: bytes | None) -> PGresult:
    """Execute a statement, after *begin* where given, and return its result, or the first error.

    Raises psycopg's OperationalError when the connection is lost meanwhile.
    """
    if begin is None:
        return driver.pgconn.exec_prepared(*call)
    return execute_async(driver, call, begin, commit=False)()


def execute_async(
    driver: psycopg.Connection[Any], call: PreparedCall, begin: bytes | None, *, commit: bool
) -> Callable[[], PGresult]:
    """Have a statement executed, after *begin* where given, and committed where wanted, without waiting for it.

    What comes after an error is not done. The result waits: it returns the statement's result, or the first error, and
    raises psycopg's OperationalError when the connection is lost meanwhile. Nothing else can be done with the
    connection before that.
    """
    connection = driver.pgconn
    connection.enter_pipeline_mode()
    if begin:
        connection.send_query_params(begin, None)
    connection.send_query_prepared(*call)
    if commit:
        connection.send_query_params(b"COMMIT", None)
    connection.pipeline_sync()
    driver.wait(send(connection))
    return partial(_arrive, driver, 1 if begin else 0)


def _arrive(driver: psycopg.Connection[Any], place: int) -> PGresult:
    results = driver.wait(_results(driver.pgconn))
    driver.pgconn.exit_pipeline_mode()
    wrong = next((result for result in results if result.status not in _FINE), None)
    return wrong or results[place]


def _results(connection: PGconn) -> PQGen[list[PGresult]]:
    """Return the result of each statement before the pipeline's end."""
    results: list[PGresult] = []
    while True:
        result: PGresult | None = yield from fetch(connection)
        if result is None:  # ends the results of one statement
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)
