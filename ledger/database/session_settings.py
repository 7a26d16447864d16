"""The settings of a session on PostgreSQL: all that our statements rely on is set, nothing of it is inherited.

A database, a role or the server may have other defaults, and rightly so: a `DateStyle` in which dates read otherwise, a
`statement_timeout` of a second, a `search_path` with the tables of another application. `default_transaction_read_only`
is inherited: it is how an administrator, or a provider whose disk is full, stops all writing.
"""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

_RELIED_ON = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "transform_null_equals": "off",
    "array_nulls": "on",
}

_LIMITS = {
    # Below the time limit of a process: a slow database must not look like an event that hangs it.
    "statement_timeout": "60s",
    "lock_timeout": "5s",
    # A process that hangs inside a transaction must not keep its locks forever.
    "idle_in_transaction_session_timeout": "60s",
    # Nor may a machine that vanished: PostgreSQL by default waits two hours, in which no scheduler would lead.
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30s",
    # Connections of the pool are idle as long as there is nothing to do.
    "idle_session_timeout": "0",
    # Compilation takes 13 to 42 ms of a statement over 50,000 rows, more than it saves in any of ours.
    "jit": "off",
}
"""Settings that the `options` of the database URL may set otherwise."""

_SINCE_17 = {"transaction_timeout": "0"}

_SET = "SELECT count(set_config(name, value, false)) FROM unnest(%s::text[], %s::text[]) AS wanted (name, value)"

_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
"""Else a commit may be lost with the server's machine, after its messages were acknowledged."""


def set_up_session(connection: Connection[Any], schema: str) -> None:
    """Set the session up, with the tables in *schema*. Raises psycopg's errors."""
    chosen = connection.info.options
    limits = _LIMITS | (_SINCE_17 if connection.info.server_version >= 170_000 else {})
    ours = {name: value for name, value in limits.items() if name not in chosen}
    path = {"search_path": '"' + schema.replace('"', '""') + '"'}
    if "statement_timeout" in ours:  # first, or the inherited one may cancel the others
        _set(connection, {"statement_timeout": ours["statement_timeout"]})
    _set(connection, _RELIED_ON | path | ours)
    if "synchronous_commit" not in chosen:
        connection.execute(_DURABLE)
    connection.commit()


def _set(connection: Connection[Any], settings: Mapping[str, str]) -> None:
    connection.execute(_SET, (list(settings), list(settings.values())))
