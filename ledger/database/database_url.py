"""The database URL: checked without connecting, and shown without its secrets."""

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from schemas.errors import SettingsError
from schemas.masked_urls import masked_url


def checked_url(text: str) -> URL:
    """Return the parsed database URL, without connecting. Raises SettingsError when it is malformed or unsupported."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(_advice("is not a database URL")) from None
    if url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"):
        raise SettingsError(_advice(f'names "{url.drivername}", which is not supported'))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError(_advice("names no file"))
    if url.get_backend_name() == "postgresql":
        _check_signs(text, url)
        _check_parameters(url)
    return url


def _check_signs(text: str, url: URL) -> None:
    """Raise SettingsError for an `@` that ends no password: the text before or after it would be taken for the host."""
    if text.count("@") > 1 or "@" in (url.database or "") or re.search(r"\?\w*=.*@", text):
        raise SettingsError(_advice("has an @ beside the one before the host; write it as %40"))


def _check_parameters(url: URL) -> None:
    import psycopg  # noqa: PLC0415 - SQLite needs no psycopg, whose import costs 0.1 s
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - as above

    for name, value in url.query.items():
        if not isinstance(value, str):
            raise SettingsError(_advice(f"names {name} twice; libpq takes several hosts in one, host=a,b&port=1,2"))
        try:
            make_conninfo("", **{name: value})
        except psycopg.ProgrammingError:
            raise SettingsError(_advice(f'contains "{name}", which is no parameter of PostgreSQL')) from None


def redacted_url(text: str) -> str:
    """Return the database URL for display: without the password and the parameters. Raises as `checked_url` does."""
    checked_url(text)
    return masked_url(text)


def _advice(problem: str) -> str:
    return f"CROSSDOCK_DATABASE_URL {problem}; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."
