"""Small faults: each hits one process or one connection, takes no time, and may happen while another fault lasts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from random import Random
from threading import Event, Thread

import psycopg

from faults.fleet import Fleet
from faults.servers import Servers

PAUSES = (0.2, 0.8)
"""Seconds between two of them, from and to: each process is hit every few seconds, and a batch fits in between."""

# The trial's own sessions are those of another role.
END_ONE = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where application_name = 'crossdock' and usename <> current_user order by md5(pid::text || %(salt)s) limit 1"
)

SmallFault = Callable[[Servers, Fleet, Random], int]
"""Injects one; returns how often it had an effect: 0 while a server is away."""


def end_backend(servers: Servers, _fleet: Fleet, random: Random) -> int:
    """Terminate one connection of the product, on the database's side."""
    return len(servers.sql(END_ONE, {"salt": str(random.random())}))


def cut_broker_connection(servers: Servers, _fleet: Fleet, random: Random) -> int:
    """Reset one connection to the broker."""
    return servers.broker_proxy.cut_one(random)


def cut_database_connection(servers: Servers, _fleet: Fleet, random: Random) -> int:
    """Reset one connection to the database."""
    return servers.database_proxy.cut_one(random)


def pause_process(_servers: Servers, fleet: Fleet, random: Random) -> int:
    """Stop a process for a moment in the middle of its work, as a busy host or a snapshot does."""
    return int(fleet.pause(random.choice(fleet.members), random.uniform(0.05, 0.5)))


SMALL: Mapping[str, SmallFault] = {
    "one backend terminated": end_backend,
    "one broker connection cut": cut_broker_connection,
    "one database connection cut": cut_database_connection,
    "process paused": pause_process,
}


@contextmanager
def injecting(servers: Servers, fleet: Fleet, random: Random, count: Callable[[str, int], None]) -> Iterator[None]:
    """Inject small faults from a thread of their own while the block runs; *count* gets the effects of each."""
    stop = Event()

    def run() -> None:
        while not stop.wait(random.uniform(*PAUSES)):
            kind = random.choice(list(SMALL))
            with suppress(psycopg.OperationalError):  # the database is away, by another fault
                count(kind, SMALL[kind](servers, fleet, random))

    thread = Thread(target=run, name="small faults", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
