"""The restore drill: the ledger is brought back from a dump under load, beside a broker and a world that go on.

The simulated Amazon and Commerce keep their books in the same database: the dump leaves them out.
"""

import subprocess

from faults.context import Context
from faults.environment import COMMAND_TIMEOUT

OUTSIDE = ("documents",)
"""The tables of the simulated Amazon and Commerce, which no backup of a ledger has."""

END_SESSIONS = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
INCARNATIONS = "select count(*) from incarnations"
DECIDED = "select count(*) from inbox where follow_ups is not null"
RECEIVED = "select count(*) from inbox where consumer in ('order-placed', 'status-changed', 'commerce-shipped')"
ACKNOWLEDGED = f"{RECEIVED} and handled_at < now() - interval '5 seconds'"
"""Events of upstream that were handled, and longer ago than an acknowledgement takes: they do not come again."""

FORGOTTEN = 20
"""Handled events with follow-ups, at least, and acknowledged ones, that the restored ledger does not know of."""


def restore_dump(context: Context) -> int:
    """Dump the ledger, let it work on, and restore the dump; return how many incarnations it has begun.

    Queues keep their messages, also the requests of the time that is lost.
    """
    servers = context.servers
    context.send_heartbeats()
    dump = _pg("pg_dump", servers.database_url, "--clean", "--if-exists", *(f"--exclude-table={t}" for t in OUTSIDE))
    before, decided, received = (_count(context, statement) for statement in (INCARNATIONS, DECIDED, RECEIVED))
    if not context.keep_busy_until(
        lambda: (
            _count(context, DECIDED) >= decided + FORGOTTEN and _count(context, ACKNOWLEDGED) >= received + FORGOTTEN
        )
    ):
        return 0
    with context.fleet.stopped():
        context.note_restore()
        servers.sql(END_SESSIONS)
        _pg("psql", servers.database_url, "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", text=dump)
        context.note_loss()
    context.keep_busy_until(lambda: _count(context, INCARNATIONS) > before)
    return _count(context, INCARNATIONS) - before


def _count(context: Context, statement: str) -> int:
    ((count,),) = context.servers.sql(statement)
    return int(count)


def _pg(program: str, url: str, *options: str, text: str | None = None) -> str:
    done = subprocess.run(
        [program, f"--dbname={url}", *options],
        input=text,
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
