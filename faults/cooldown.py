"""Peace: nothing breaks any more, time passes quickly, and the product is given the chance to come to rest."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from faults.collect_history import depths_of, quiet_of
from faults.history import Quiet
from faults.publisher import FAILURES
from faults.servers import Servers
from schemas.errors import CrossdockError
from tests.servers.processes import wait_until
from workers.reconciler import reconcile

PATIENCE = 150.0
"""Seconds within which all must be done."""

ROUNDS = 2
"""Rounds of the clock in a row that must find nothing new to do."""

TIME_PASSES = (
    "update outbox set due_at = now(), claimed_until = null where sent_at is null",
    "update replays set lease_until = now() where lease_owner <> 'trial'",
)


def come_to_rest(servers: Servers, all_said: Callable[[], bool], say_again: Callable[[], int]) -> list[str]:
    """Wait for rest; return complaints when it does not come.

    What would take hours of waiting (a try that was put off, a dead relay's lease, an early event's patience) is due
    at once, and the clock's reminders and `crossdock sync` run, until they find nothing new. *say_again* publishes what
    the broker was made to forget, carries on what was left lying, and returns how much that was.
    """
    ends = time.monotonic() + PATIENCE
    still: int = 0
    before: object = None
    while time.monotonic() < ends:
        with suppress(psycopg.OperationalError, CrossdockError, *FAILURES):
            _wait_for_rest(servers, ends)
            if say_again() or not all_said():
                time.sleep(0.5)
                continue
            now = _progress(servers)
            still, before = (still + 1 if now == before else 0), now
            if still >= ROUNDS and not _syncs_soon():
                _await_counts(servers)
                return []
            _run_the_clock(servers)
        time.sleep(0.2)
    return [f"no rest within {PATIENCE:g} s: {quiet_of(servers)}"]


def _syncs_soon() -> bool:
    """Tell whether the clocks would ask for blocked orders again while all is gathered; they do at each full minute."""
    return not 3 <= datetime.now(UTC).second < 50


def _let_time_pass(servers: Servers) -> None:
    for statement in TIME_PASSES:
        servers.sql(statement)


def _is_still(servers: Servers) -> bool:
    ((unsent,),) = servers.sql("select count(*) from outbox where sent_at is null")
    depths = depths_of(servers)
    return not unsent and not any(depth for queue, depth in depths.items() if not _is_net(queue))


def _is_net(queue: str) -> bool:
    return queue.endswith((".dead", ".unrouted"))


def _progress(servers: Servers) -> object:
    """Return what changes while anything goes on; blocked orders that are tried in vain, again and again, do not."""
    handled = servers.sql("select count(*) from inbox where consumer <> 'importer'")
    return handled, servers.sql("select status, import_state, count(*) from orders group by 1, 2 order by 1, 2")


def _run_the_clock(servers: Servers) -> None:
    now = datetime.now(UTC)
    sum(reconcile(servers.ledger, now, now))
    servers.crossdock("sync")


def _wait_for_rest(servers: Servers, ends: float) -> None:
    """Wait until nothing is under way, seen twice: between two queues a message is in neither."""
    seen = 0
    while seen < 2 and time.monotonic() < ends:
        with suppress(psycopg.OperationalError, CrossdockError, *FAILURES):
            _let_time_pass(servers)
            seen = seen + 1 if _is_still(servers) else 0
        time.sleep(0.3)


def _await_counts(servers: Servers) -> None:
    """Wait until the management API's counts, which are seconds old, agree; if they never do, the checker says so."""
    wait_until(lambda: not _unsettled(quiet_of(servers)), seconds=30)


def _unsettled(quiet: Quiet) -> bool:
    return bool(quiet.unacknowledged or quiet.unconsumed or quiet.unsent)
