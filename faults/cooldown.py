"""The cooldown after the last fault: deadlines expire at once, and the product finishes all work."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from faults.collect_history import backlog_of, depths_of
from faults.history import Backlog
from faults.publisher import FAILURES
from faults.servers import Servers
from schemas.errors import CrossdockError
from tests.servers.processes import wait_until
from workers.resender import resend

COOLDOWN_TIMEOUT = 150.0
"""Seconds within which a trial on a quiet machine must finish all work."""

UNCHANGED_ROUNDS = 2
"""Consecutive rounds of jobs that must change nothing."""

EXPIRE_DEADLINES = (
    "update outbox set due_at = now(), claimed_until = null where sent_at is null",
    "update replays set lease_until = now() where lease_owner is not null",
)


def cool_down(
    servers: Servers, all_published: Callable[[], bool], republish: Callable[[], int], seconds: float
) -> list[str]:
    """Wait until all work is finished; return complaints when it is not within *seconds*.

    Delayed retries, a dead relay's claims and a replay's lease expire at once, and the resender and `crossdock sync`
    run until they change nothing. *republish* publishes the messages that the broker lost, resumes replays, and returns
    how many of both there were.
    """
    ends = time.monotonic() + seconds
    unchanged = 0
    before: object = None
    while time.monotonic() < ends:
        with suppress(psycopg.OperationalError, CrossdockError, *FAILURES):
            _wait_until_idle(servers, ends)
            if republish() or not all_published():
                time.sleep(0.5)
                continue
            after = _progress(servers)
            unchanged, before = (unchanged + 1 if after == before else 0), after
            if unchanged >= UNCHANGED_ROUNDS and not _sync_is_near():
                _await_counts(servers)
                return []
            _run_jobs(servers)
        time.sleep(0.2)
    return [f"work was not finished within {seconds:g} s: {backlog_of(servers)}"]


def _sync_is_near() -> bool:
    """Whether the schedulers may retry blocked orders while the history is collected: they do at each full minute."""
    return not 3 <= datetime.now(UTC).second < 50


def _expire_deadlines(servers: Servers) -> None:
    for statement in EXPIRE_DEADLINES:
        servers.sql(statement)


def _is_idle(servers: Servers) -> bool:
    ((unsent,),) = servers.sql("select count(*) from outbox where sent_at is null")
    depths = depths_of(servers)
    return not unsent and not any(depth for queue, depth in depths.items() if not _is_safety_net(queue))


def _is_safety_net(queue: str) -> bool:
    return queue.endswith((".dead", ".unrouted"))


def _progress(servers: Servers) -> object:
    """Return counts that change while work is done; retries of blocked orders that stay blocked change none."""
    handled = servers.sql("select count(*) from inbox where consumer <> 'importer'")
    return handled, servers.sql("select status, import_state, count(*) from orders group by 1, 2 order by 1, 2")


def _run_jobs(servers: Servers) -> None:
    now = datetime.now(UTC)
    sum(resend(servers.ledger, now, now))
    servers.crossdock("sync")


def _wait_until_idle(servers: Servers, ends: float) -> None:
    """Wait until queues and outbox are empty at two looks: between two queues a message is in neither."""
    seen = 0
    while seen < 2 and time.monotonic() < ends:
        with suppress(psycopg.OperationalError, CrossdockError, *FAILURES):
            _expire_deadlines(servers)
            seen = seen + 1 if _is_idle(servers) else 0
        time.sleep(0.3)


def _await_counts(servers: Servers) -> None:
    """Wait for the management API's counts, which are seconds old; the checker reports them if they stay wrong."""
    wait_until(lambda: not _is_unfinished(backlog_of(servers)), seconds=30)


def _is_unfinished(backlog: Backlog) -> bool:
    return bool(backlog.unacknowledged or backlog.unconsumed or backlog.unsent)
