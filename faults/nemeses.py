"""The nemeses: each injects one fault, ends it, and returns how often it had an effect, which must not be 0."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import psycopg

from events.registry import CONSUMERS
from events.topology import exchange_of
from faults.bad_network import cut, degrade, lose_commits, refuse
from faults.clock_jumps import jump_clocks
from faults.context import TIMEOUT, Context, Nemesis
from faults.disruptions import database_away, fill_listener, kill_replay, publish_unrouted
from faults.failover import fail_over
from faults.hostile import publish_hostile
from faults.outage import KINDS, Outage
from faults.proxy import NetworkConditions
from faults.restore import restore_dump
from faults.rolling_upgrade import upgrade_under_load
from faults.servers import MAX_CONNECTIONS
from tests.servers import postgresql, rabbitmq
from tests.servers.processes import wait_until
from tests.servers.tiers import Server

NO_SPACE = "No space left on device"


def kill_member(context: Context) -> int:
    """Kill a random process."""
    return _end_one(context, signal.SIGKILL)


def stop_member(context: Context) -> int:
    """Stop a process gracefully; the fleet restarts it."""
    return _end_one(context, signal.SIGTERM)


def _end_one(context: Context, how: signal.Signals) -> int:
    member = context.random.choice(context.fleet.members)
    context.affected |= member.loops
    context.fleet.kill(member, how)
    return 1


def rolling_restart(context: Context) -> int:
    """Replace all processes one after the other, under load."""
    return context.fleet.replace_all()


def kill_broker(context: Context) -> int:
    """Kill the broker, and restart it."""
    context.servers.node.kill()
    time.sleep(context.random.uniform(0.0, 2.0))
    context.servers.node.start()
    context.servers.await_broker()
    return 1


def wipe_broker(context: Context) -> int:
    """Kill the broker, and restart it with an empty disk."""
    context.servers.node.kill()
    context.servers.node.wipe()
    context.note_loss()
    context.servers.node.start()
    context.servers.await_broker()
    assert context.servers.accounts
    context.servers.accounts.make_on_broker(context.servers.node)
    context.servers.crossdock("topology", "apply")
    context.note_loss()
    return 1


def memory_alarm(context: Context) -> int:
    """Raise the broker's memory alarm: it accepts no publications, and still delivers."""
    context.servers.node.control("set_vm_memory_high_watermark", "0.00000001")
    seen = wait_until(lambda: context.servers.alarms()["memory"], seconds=TIMEOUT)
    time.sleep(context.random.uniform(1.0, 4.0))
    context.servers.node.control("set_vm_memory_high_watermark", "absolute", "512MB")
    return int(seen)


def disk_alarm(context: Context) -> int:
    """Raise the broker's disk alarm."""
    context.servers.node.control("set_disk_free_limit", "900000GB")
    seen = wait_until(lambda: context.servers.alarms()["disk"], seconds=TIMEOUT)
    time.sleep(context.random.uniform(1.0, 4.0))
    context.servers.node.control("set_disk_free_limit", "50MB")
    return int(seen)


def _delete(context: Context, path: str) -> int:
    """Delete an object of the broker, and declare the topology again."""
    context.note_loss()
    rabbitmq.ask(context.servers.broker, "DELETE", path)
    time.sleep(context.random.uniform(0.5, 2.0))
    context.servers.crossdock("topology", "apply")
    context.note_loss()
    return 1


def delete_queue(context: Context) -> int:
    """Delete a consumer's queue with its messages; the broker cancels its consumers."""
    consumer = context.random.choice(list(CONSUMERS))
    context.affected.add(consumer)
    return _delete(context, f"/api/queues/%2F/{consumer}")


def delete_binding(context: Context) -> int:
    """Unbind a consumer's queue: its events become unrouted."""
    consumer, event = context.random.choice(list(CONSUMERS.items()))
    context.affected.add(consumer)
    return _delete(context, f"/api/bindings/%2F/e/{exchange_of(event)}/q/{consumer}/{event}")


def delete_exchange(context: Context) -> int:
    """Delete the event exchange with all its bindings."""
    return _delete(context, "/api/exchanges/%2F/crossdock.events")


def restart_database(context: Context) -> int:
    """Stop PostgreSQL immediately, and restart it."""
    context.servers.cluster.kill()
    time.sleep(context.random.uniform(0.0, 2.0))
    context.servers.cluster.start()
    context.servers.await_database()
    return 1


def terminate_backends(context: Context) -> int:
    """Terminate all database connections of the product, not those of the trial itself, which have another role."""
    ended = context.servers.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'crossdock'"
        " and usename <> current_user"
    )
    return len(ended)


def lock_orders(context: Context) -> int:
    """Lock the orders for longer than the product's lock timeout, and require that it waits."""
    waiting = "select count(*) from pg_stat_activity where application_name = 'crossdock' and wait_event_type = 'Lock'"
    with psycopg.connect(context.servers.database_url) as connection:
        _lock_in_another_order(connection)
        seen = context.keep_busy_until(lambda: context.servers.sql(waiting)[0][0] > 0)
        time.sleep(6.0)
        connection.rollback()
    return int(seen)


def _lock_in_another_order(connection: psycopg.Connection[Any]) -> None:
    """Lock the product's rows and tables, in another order than it does; retry after a deadlock."""
    while True:
        try:
            connection.execute("select 1 from orders order by purchase_date desc for update")
            connection.execute("lock table inbox in share mode")
        except psycopg.errors.DeadlockDetected:
            connection.rollback()
        else:
            return


def exhaust_connections(context: Context) -> int:
    """Take every connection of the database, after terminating those of the product."""
    refused = 0
    with ExitStack() as stack:
        terminate_backends(context)
        for _ in range(2 * MAX_CONNECTIONS):
            try:
                stack.enter_context(psycopg.connect(context.servers.database_url))
            except psycopg.OperationalError:
                refused += 1
                time.sleep(0.05)
    return refused


def fill_disk(context: Context) -> int:
    """Fill the database's disk until it reports so; restart PostgreSQL if it stopped."""
    log = context.servers.run / "postgres.log"
    before = log.read_text().count(NO_SPACE)
    context.servers.disk.fill()
    wait_until(lambda: log.read_text().count(NO_SPACE) > before, seconds=TIMEOUT)
    time.sleep(context.random.uniform(0.5, 2.0))
    context.servers.disk.free()
    if not wait_until(lambda: postgresql.answers(Server(context.servers.database_url)), seconds=3):
        context.servers.cluster.kill()
        context.servers.cluster.start()
        context.servers.await_database()
    return log.read_text().count(NO_SPACE) - before


def _outage(kind: str) -> Nemesis:
    def inject(context: Context) -> int:
        before = context.outages.faults()
        context.outages.set(Outage(kind, 0.5))
        context.keep_busy_until(lambda: context.outages.faults() > before)
        time.sleep(context.random.uniform(1.0, 4.0))
        context.outages.set(Outage())
        return context.outages.faults() - before

    return inject


QUICK: Mapping[str, Nemesis] = {
    "process killed": kill_member,
    "process stopped": stop_member,
    "backends terminated": terminate_backends,
    "clocks jump": jump_clocks,
    "events misrouted": publish_unrouted,
    "hostile publishers": publish_hostile,
    "replay killed": kill_replay,
    "commit unanswered": lose_commits,
    "queue deleted": delete_queue,
    "listener full": fill_listener,
    "binding deleted": delete_binding,
    "broker cut off": cut("broker"),
    "database cut off": cut("database"),
    "broker refuses": refuse("broker"),
    "database refuses": refuse("database"),
    "broker late": degrade("broker", "pieces delayed", (1.0, 3.0), NetworkConditions(latency=0.2)),
    "database late": degrade("database", "pieces delayed", (1.0, 3.0), NetworkConditions(latency=0.05)),
    "broker sliced": degrade("broker", "bytes sliced", (1.0, 3.0), NetworkConditions(sliced=True)),
    "database sliced": degrade("database", "bytes sliced", (1.0, 3.0), NetworkConditions(sliced=True)),
    "broker slow": degrade("broker", "bytes slowed", (1.0, 3.0), NetworkConditions(rate=20_000)),
    "database slow": degrade("database", "bytes slowed", (1.0, 3.0), NetworkConditions(rate=50_000)),
    **{f"gateways: {kind}": _outage(kind) for kind in KINDS},
}
"""Over within seconds."""

HEAVY: Mapping[str, Nemesis] = {
    "broker killed": kill_broker,
    "broker wiped": wipe_broker,
    "exchange deleted": delete_exchange,
    "memory alarm": memory_alarm,
    "disk alarm": disk_alarm,
    "database restarted": restart_database,
    "database away for 25 consumer timeouts": database_away,
    "standby promoted": fail_over,
    "ledger restored": restore_dump,
    "rolling upgrade": upgrade_under_load,
    "orders locked": lock_orders,
    "connections exhausted": exhaust_connections,
    "rolling restart": rolling_restart,
    "broker in a black hole": degrade("broker", "bytes swallowed", (5.0, 30.0), NetworkConditions(blackhole=b"")),
    "publishing in a black hole": degrade(
        "broker", "bytes swallowed", (5.0, 30.0), NetworkConditions(blackhole=b"publishes")
    ),
    "database in a black hole": degrade("database", "bytes swallowed", (5.0, 15.0), NetworkConditions(blackhole=b"")),
}
"""Each takes ten seconds to a minute."""

DISK_FULL = {"database disk full": fill_disk} if os.geteuid() == 0 else {}
"""Needs a mounted disk, which only root can have."""

ALL: Mapping[str, Nemesis] = {**QUICK, **HEAVY, **DISK_FULL}
