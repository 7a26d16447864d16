"""No exception of SQLAlchemy or a driver leaves the ledger."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import exc, text

from ledger.batches import BatchRecord
from ledger.database.error_translation import translate_errors
from ledger.encryption.cipher import Cipher
from ledger.errors import LedgerError, LedgerUnavailableError, OrderChangedMeanwhileError
from ledger.ledger import Ledger
from schemas.errors import CrossdockError, RetryableError, SettingsError
from tests.ledger.conftest import KEY
from tests.ledger.values import an_order

OURS = (LedgerError, LedgerUnavailableError, OrderChangedMeanwhileError)


def _family(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from _family(child)


DRIVERS = sorted({*_family(sqlite3.Error), *_family(psycopg.Error)}, key=lambda one: f"{one.__module__}.{one.__name__}")
FOREIGN = sorted(set(_family(exc.SQLAlchemyError)), key=lambda one: one.__name__)


def _made(kind: type[Exception]) -> Exception:
    """Create an exception without the arguments that its class requires."""
    made = kind.__new__(kind, "something")
    fields: dict[str, object] = {
        "code": None,
        "orig": None,
        "statement": None,
        "params": None,
        "detail": [],
        "connection_invalidated": False,
    }
    vars(made).update(fields)
    return made


@pytest.mark.parametrize("kind", DRIVERS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_exception_of_a_driver_is_translated_bare_or_wrapped(kind: type[Exception]) -> None:
    bare = kind("something")
    for error in (bare, exc.DBAPIError("SELECT 1", {}, bare)):
        with pytest.raises(OURS), translate_errors():
            raise error


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_exception_of_sqlalchemy_is_translated(kind: type[Exception]) -> None:
    with pytest.raises(OURS), translate_errors():
        raise _made(kind)


STATES = sorted({state for kind in _family(psycopg.Error) if isinstance(state := getattr(kind, "sqlstate", None), str)})


@pytest.mark.parametrize("wrapped", [False, True])
def test_only_data_that_cannot_be_stored_is_refused_and_everything_else_is_retried(wrapped: bool) -> None:
    assert len(STATES) > 200
    refused = set()
    for state in STATES:
        cause = psycopg.errors.lookup(state)("x")
        try:
            with translate_errors():
                raise exc.DBAPIError.instance("SELECT 1", {}, cause, psycopg.Error) if wrapped else cause
        except LedgerError:
            refused.add(state)
        except RetryableError:
            pass
    assert {state[:2] for state in refused} == {"22", "23"}


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (psycopg.DataError("a NUL in a text"), LedgerError),
        (psycopg.OperationalError("the connection is lost"), LedgerUnavailableError),
        (psycopg.InterfaceError("the connection is closed"), LedgerUnavailableError),
        (psycopg.ProgrammingError("no result"), LedgerUnavailableError),
    ],
)
def test_an_error_of_psycopg_itself_is_of_data_only_if_its_class_says_so(
    cause: psycopg.Error, expected: type[Exception]
) -> None:
    with pytest.raises(expected), translate_errors():
        raise cause


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ('FATAL:  password authentication failed for user "u"', "correct the account"),
        ("fe_sendauth: no password supplied", "correct the account"),
        ('FATAL:  role "u" does not exist', "correct the account"),
        ('FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "u", database "d"', "correct the account"),
        ('FATAL:  database "d" does not exist', "create it"),
        ("FATAL:  sorry, too many clients already", "max_connections"),
        ("FATAL:  remaining connection slots are reserved", "max_connections"),
        ('root certificate file "/none" does not exist', "correct sslmode"),
        ("SSL error: certificate verify failed", "correct sslmode"),
        ("Connection refused", "try again later"),
        ("FATAL:  the database system is starting up", "try again later"),
    ],
)
def test_a_failed_connection_is_to_be_tried_again_only_where_time_may_cure_it(message: str, words: str) -> None:
    failed = psycopg.OperationalError(f'connection to server at "db.example.com", port 5432 failed: {message}')
    with pytest.raises(LedgerUnavailableError, match=words) as refused, translate_errors():
        raise failed
    assert ("try again later" in str(refused.value)) == (words == "try again later")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO t VALUES (NULL)", LedgerError),
        ("INSERT INTO t VALUES ('guarded')", LedgerUnavailableError),
        ("INSERT INTO nowhere VALUES (1)", LedgerUnavailableError),
        ("INSERT INTO t VALUES ('once'), ('once')", OrderChangedMeanwhileError),
        ("PRAGMA query_only = 1; INSERT INTO t VALUES (1)", LedgerUnavailableError),
    ],
)
def test_errors_of_sqlite_are_distinguished_alike(statement: str, expected: type[Exception]) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(
            "CREATE TABLE t (word TEXT NOT NULL UNIQUE);"
            "CREATE TRIGGER guard BEFORE INSERT ON t WHEN new.word = 'guarded'"
            " BEGIN SELECT RAISE(ABORT, 'no writing today'); END"
        )
        with pytest.raises(expected), translate_errors():
            connection.executescript(statement)


@pytest.mark.parametrize(
    ("query", "secret", "words"),
    [
        ("SELECT 'secret'::int", "secret", "invalid input syntax for type integer"),
        ("SELECT '1999-99-99'::date", "1999", "out of range"),
        ("DO $$ BEGIN RAISE 'do not store secret'; END $$", "secret", "function inline_code_block line 1 at RAISE"),
    ],
)
def test_a_refusal_repeats_no_value(database_url: str, query: str, secret: str, words: str) -> None:
    connection = psycopg.connect(database_url)
    with closing(connection), pytest.raises(CrossdockError) as refused, translate_errors():
        connection.execute(query)
    assert words in str(refused.value)
    assert secret not in str(refused.value)


def test_errors_of_other_origin_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), translate_errors():
        raise ZeroDivisionError


def test_a_missing_table_is_named_and_retried(empty_url: str) -> None:
    ledger = Ledger.open(empty_url, Cipher.of([KEY]))
    with (
        pytest.raises(LedgerUnavailableError, match=r"incomplete .*\bincarnations\b.*; restore it"),
        ledger.begin() as work,
    ):
        work.record("", BatchRecord([an_order()], {}))
    ledger.close()


def test_a_missing_column_is_named_and_retried(ledger: Ledger) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(text("ALTER TABLE orders RENAME COLUMN note TO remark"))
    with pytest.raises(LedgerUnavailableError, match=r"incomplete .*\bnote\b.*; restore it"), ledger.begin() as work:
        work.record("", BatchRecord([an_order()], {}))


def test_a_lock_timeout_is_retryable(ledger: Ledger, url: str) -> None:
    impatient = Ledger.open(url, Cipher.of([KEY]))
    shorten = "PRAGMA busy_timeout = 50" if url.startswith("sqlite") else "SET lock_timeout = '50ms'"
    with impatient._engine.connect() as connection:
        connection.execute(text(shorten))
        connection.commit()
    with ledger.begin() as work:
        work.stores.add_missing(["store"])
        with pytest.raises((LedgerUnavailableError, OrderChangedMeanwhileError)), impatient.begin() as other:
            other.stores.add_missing(["store"])
    impatient.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://localhost/x",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:p@host:abc/d",
        "postgresql://u:p@[::1/d",
        "postgresql://u:p@host/d?foo=bar",
        "postgresql://u:p@/d?host=a:1&host=b:2",
    ],
)
def test_an_invalid_url_is_reported_with_its_variable(url: str) -> None:
    with pytest.raises(SettingsError, match=r"CROSSDOCK_DATABASE_URL .* write sqlite:///FILE"):
        Ledger.open(url, Cipher.of([KEY]))


def test_an_unreachable_database_is_retryable(tmp_path: Path) -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/x", f"sqlite:///{tmp_path}/no/such/folder/x.db"):
        with pytest.raises(LedgerUnavailableError):
            Ledger.open(url, Cipher.of([KEY]))


def test_a_missing_folder_is_named_with_an_instruction_until_it_exists(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    with pytest.raises(LedgerUnavailableError) as refused:
        Ledger.open(f"sqlite:///{folder}/x.db", Cipher.of([KEY]))
    assert str(refused.value) == (
        f"The folder {folder} of the database file is missing; create it, or correct CROSSDOCK_DATABASE_URL."
    )
    folder.mkdir()
    Ledger.open(f"sqlite:///{folder}/x.db", Cipher.of([KEY])).close()


@pytest.mark.parametrize("file", ["/proc/crossdock.db", "{folder}"])
def test_a_file_that_cannot_be_written_is_named_with_its_folder(file: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError, match=r"in the folder /\S+ cannot be opened or written; give this user"):
        Ledger.open(f"sqlite:///{file.format(folder=tmp_path)}", Cipher.of([KEY]))


def test_a_missing_database_is_named_with_an_instruction(database_url: str) -> None:
    with pytest.raises(LedgerUnavailableError) as refused:
        Ledger.open(f"{database_url}_none", Cipher.of([KEY]))
    assert str(refused.value).startswith("The database is missing (")
    assert str(refused.value).endswith('_none" does not exist); create it, or correct CROSSDOCK_DATABASE_URL.')
