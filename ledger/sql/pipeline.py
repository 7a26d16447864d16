"""One round trip to PostgreSQL in libpq's pipeline mode: a prepared statement, with BEGIN and COMMIT where needed."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.generators import fetch, send
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

_SUCCEEDED = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class PreparedCall(NamedTuple):
    """A prepared statement's name, with the values of its parameters."""

    name: bytes
    values: Sequence[bytes | None]
    formats: Sequence[Format]


class PendingReply(NamedTuple):
    """The reply to a round trip that was sent; until it is read the connection can do nothing else."""

    driver: psycopg.Connection[Any]
    position: int

    def result(self) -> PGresult:
        """Wait for the reply, and return the statement's result, or the first error.

        Raises psycopg's OperationalError when the connection is lost meanwhile.
        """
        results = self.driver.wait(_results(self.driver.pgconn))
        self.driver.pgconn.exit_pipeline_mode()
        failed = next((result for result in results if result.status not in _SUCCEEDED), None)
        return failed or results[self.position]


def execute(driver: psycopg.Connection[Any], call: PreparedCall, begin: bytes | None) -> PGresult:
    """Execute a statement, after *begin* where given, and return its result, or the first error.

    Raises psycopg's OperationalError when the connection is lost meanwhile.
    """
    if begin is None:
        driver.pgconn.send_query_prepared(*call)
        return answer(driver)
    return execute_async(driver, call, begin, commit=False).result()


def prepare(driver: psycopg.Connection[Any], name: bytes, text: bytes) -> PGresult:
    """Prepare a statement under a name, and return the result. Raises psycopg's OperationalError as `execute` does."""
    driver.pgconn.send_prepare(name, text)
    return answer(driver)


def answer(driver: psycopg.Connection[Any]) -> PGresult:
    """Wait for the sent statements' answer, no longer than the connection allows; libpq itself would wait for ever."""
    results: list[PGresult] = driver.wait(generators.execute(driver.pgconn))
    return results[-1]


def execute_async(
    driver: psycopg.Connection[Any], call: PreparedCall, begin: bytes | None, *, commit: bool
) -> PendingReply:
    """Send a statement, after *begin* where given and followed by COMMIT if *commit*; return without waiting.

    The server skips everything after an error. Raises psycopg's OperationalError when the connection is lost.
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
    return PendingReply(driver, 1 if begin else 0)


def _results(connection: PGconn) -> PQGen[list[PGresult]]:
    """Return one result for each statement before the pipeline's sync point."""
    results: list[PGresult] = []
    while True:
        result: PGresult | None = yield from fetch(connection)
        if result is None:  # ends the results of one statement
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)
