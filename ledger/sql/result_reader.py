"""Reads the results of one prepared statement on one connection to PostgreSQL; the columns are looked up once."""

from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult


class Reader:
    """Makes named tuples of a statement's rows, with the columns as attributes."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        """Read results of this connection."""
        self._driver = driver
        self._make: Callable[..., Any] | None = None

    def rows(self, result: PGresult) -> Sequence[Any]:
        """Return the rows of a `checked` result; an empty sequence for a statement without rows."""
        if result.status == ExecStatus.COMMAND_OK:
            return ()
        self._make = self._make or _row(result)
        transformer = Transformer(self._driver)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, self._make)


def _row(result: PGresult) -> Callable[..., Any]:
    names = [(result.fname(index) or b"").decode() for index in range(result.nfields)]
    make: Callable[..., Any] = namedtuple("Row", names, rename=True)._make  # type: ignore[attr-defined]  # not literal
    return make


def checked(driver: psycopg.Connection[Any], result: PGresult) -> PGresult:
    """Return a successful result. Raises psycopg's error for any other."""
    if result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        return result
    if driver.pgconn.status == ConnStatus.BAD:
        raise psycopg.OperationalError(driver.pgconn.get_error_message())
    raise error_from_result(result)
