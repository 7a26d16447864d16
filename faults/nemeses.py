"""The nemeses: each brings one fault, ends it, and returns how often it happened; none of them may return 0."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import psycopg

from events.registry import CONSUMERS
from faults.bad_network import cut, lose_commits, refuse, weather
from faults.clocks import jump
from faults.context import TIMEOUT, Nemesis, Scene
from faults.disruptions import kill_replay, misroute
from faults.outside import KINDS, Day
from faults.proxy import Weather
from faults.servers import MOST_CONNECTIONS
from tests.servers import postgresql, rabbitmq
from tests.servers.processes import wait_until
from tests.servers.tiers import Server

NO_SPACE = "No space left on device"


def kill_member(scene: Scene) -> int:
    """Kill a process that the seed chooses."""
    return _end_one(scene, signal.SIGKILL)


def stop_member(scene: Scene) -> int:
    """Ask a process to stop; it is started again."""
    return _end_one(scene, signal.SIGTERM)


def _end_one(scene: Scene, how: signal.Signals) -> int:
    member = scene.random.choice(scene.fleet.members)
    scene.hit |= member.loops
    scene.fleet.kill(member, how)
    return 1


def rolling_restart(scene: Scene) -> int:
    """Replace all processes one after the other, under load."""
    for member in scene.fleet.members:
        scene.fleet.kill(member, signal.SIGTERM)
        wait_until(lambda member=member: member.alive, seconds=TIMEOUT)  # type: ignore[misc]
    return len(scene.fleet.members)


def kill_broker(scene: Scene) -> int:
    """Kill the broker, and start it again."""
    scene.servers.node.kill()
    time.sleep(scene.random.uniform(0.0, 2.0))
    scene.servers.node.start()
    scene.servers.await_broker()
    return 1


def wipe_broker(scene: Scene) -> int:
    """Kill the broker, and start it again with an empty disk."""
    scene.servers.node.kill()
    scene.servers.node.wipe()
    scene.lost()
    scene.servers.node.start()
    scene.servers.await_broker()
    scene.servers.crossdock("topology", "apply")
    scene.lost()
    return 1


def memory_alarm(scene: Scene) -> int:
    """Let the broker believe that it has no memory left: it takes nothing, and goes on delivering."""
    scene.servers.node.control("set_vm_memory_high_watermark", "0.00000001")
    seen = wait_until(lambda: scene.servers.alarms()["memory"], seconds=TIMEOUT)
    time.sleep(scene.random.uniform(1.0, 4.0))
    scene.servers.node.control("set_vm_memory_high_watermark", "absolute", "512MB")
    return int(seen)


def disk_alarm(scene: Scene) -> int:
    """Let the broker believe that its disk is full."""
    scene.servers.node.control("set_disk_free_limit", "900000GB")
    seen = wait_until(lambda: scene.servers.alarms()["disk"], seconds=TIMEOUT)
    time.sleep(scene.random.uniform(1.0, 4.0))
    scene.servers.node.control("set_disk_free_limit", "50MB")
    return int(seen)


def _delete(scene: Scene, path: str) -> int:
    """Delete something of the broker's, and make what is missing again."""
    scene.lost()
    rabbitmq.ask(scene.servers.broker, "DELETE", path)
    time.sleep(scene.random.uniform(0.5, 2.0))
    scene.servers.crossdock("topology", "apply")
    scene.lost()
    return 1


def delete_queue(scene: Scene) -> int:
    """Delete a consumer's queue with all that lies in it; its consumers are cancelled by the broker."""
    consumer = scene.random.choice(list(CONSUMERS))
    scene.hit.add(consumer)
    return _delete(scene, f"/api/queues/%2F/{consumer}")


def delete_binding(scene: Scene) -> int:
    """Unbind a consumer's queue: its events become unrouted."""
    consumer, event = scene.random.choice(list(CONSUMERS.items()))
    scene.hit.add(consumer)
    return _delete(scene, f"/api/bindings/%2F/e/crossdock.events/q/{consumer}/{event}")


def delete_exchange(scene: Scene) -> int:
    """Delete the event exchange with all its bindings."""
    return _delete(scene, "/api/exchanges/%2F/crossdock.events")


def restart_database(scene: Scene) -> int:
    """Stop PostgreSQL at once, and start it again."""
    scene.servers.cluster.kill()
    time.sleep(scene.random.uniform(0.0, 2.0))
    scene.servers.cluster.start()
    scene.servers.await_database()
    return 1


def terminate_backends(scene: Scene) -> int:
    """End all connections of the product inside the database."""
    ended = scene.servers.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'crossdock'"
        " and pid <> pg_backend_pid()"
    )
    return len(ended)


def lock_orders(scene: Scene) -> int:
    """Hold the orders for longer than the product waits for a lock, and see it wait."""
    waiting = "select count(*) from pg_stat_activity where application_name = 'crossdock' and wait_event_type = 'Lock'"
    with psycopg.connect(scene.servers.database_url) as connection:
        _lock_in_another_order(connection)
        seen = scene.stir_until(lambda: scene.servers.sql(waiting)[0][0] > 0)
        time.sleep(6.0)
        connection.rollback()
    return int(seen)


def _lock_in_another_order(connection: psycopg.Connection[Any]) -> None:
    """Lock what the product locks, in another order than it does; of two who wait for each other, either must yield."""
    while True:
        try:
            connection.execute("select 1 from orders order by purchase_date desc for update")
            connection.execute("lock table inbox in share mode")
        except psycopg.errors.DeadlockDetected:
            connection.rollback()
        else:
            return


def exhaust_connections(scene: Scene) -> int:
    """Take every connection that the database has, after ending those of the product."""
    refused = 0
    with ExitStack() as stack:
        terminate_backends(scene)
        for _ in range(2 * MOST_CONNECTIONS):
            try:
                stack.enter_context(psycopg.connect(scene.servers.database_url))
            except psycopg.OperationalError:
                refused += 1
                time.sleep(0.05)
    return refused


def fill_disk(scene: Scene) -> int:
    """Fill the database's disk until it says so; PostgreSQL may stop for it, and is then started again."""
    log = scene.servers.run / "postgres.log"
    before = log.read_text().count(NO_SPACE)
    scene.servers.disk.fill()
    wait_until(lambda: log.read_text().count(NO_SPACE) > before, seconds=TIMEOUT)
    time.sleep(scene.random.uniform(0.5, 2.0))
    scene.servers.disk.free()
    if not wait_until(lambda: postgresql.answers(Server(scene.servers.database_url)), seconds=3):
        scene.servers.cluster.kill()
        scene.servers.cluster.start()
        scene.servers.await_database()
    return log.read_text().count(NO_SPACE) - before


def _bad_day(kind: str) -> Nemesis:
    def bring(scene: Scene) -> int:
        before = scene.outside.faults()
        scene.outside.set(Day(kind, 0.5))
        scene.stir_until(lambda: scene.outside.faults() > before)
        time.sleep(scene.random.uniform(1.0, 4.0))
        scene.outside.set(Day())
        return scene.outside.faults() - before

    return bring


QUICK: Mapping[str, Nemesis] = {
    "process killed": kill_member,
    "process stopped": stop_member,
    "backends terminated": terminate_backends,
    "clocks jump": jump,
    "events misrouted": misroute,
    "replay killed": kill_replay,
    "commit unanswered": lose_commits,
    "queue deleted": delete_queue,
    "binding deleted": delete_binding,
    "broker cut off": cut("broker"),
    "database cut off": cut("database"),
    "broker refuses": refuse("broker"),
    "database refuses": refuse("database"),
    "broker late": weather("broker", "pieces delayed", (1.0, 3.0), Weather(latency=0.2)),
    "database late": weather("database", "pieces delayed", (1.0, 3.0), Weather(latency=0.05)),
    "broker sliced": weather("broker", "bytes sliced", (1.0, 3.0), Weather(sliced=True)),
    "database sliced": weather("database", "bytes sliced", (1.0, 3.0), Weather(sliced=True)),
    "broker slow": weather("broker", "bytes slowed", (1.0, 3.0), Weather(rate=20_000)),
    "database slow": weather("database", "bytes slowed", (1.0, 3.0), Weather(rate=50_000)),
    **{f"outside: {kind}": _bad_day(kind) for kind in KINDS},
}
"""Over within seconds."""

HEAVY: Mapping[str, Nemesis] = {
    "broker killed": kill_broker,
    "broker wiped": wipe_broker,
    "exchange deleted": delete_exchange,
    "memory alarm": memory_alarm,
    "disk alarm": disk_alarm,
    "database restarted": restart_database,
    "orders locked": lock_orders,
    "connections exhausted": exhaust_connections,
    "rolling restart": rolling_restart,
    "broker in a black hole": weather("broker", "bytes swallowed", (5.0, 30.0), Weather(hole=b"")),
    "publishing in a black hole": weather("broker", "bytes swallowed", (5.0, 30.0), Weather(hole=b"publishes")),
    "database in a black hole": weather("database", "bytes swallowed", (5.0, 15.0), Weather(hole=b"")),
}
"""Take ten seconds to a minute each."""

DISK_FULL = {"database disk full": fill_disk} if os.geteuid() == 0 else {}
"""Needs a disk of its own, which only root can mount."""

ALL: Mapping[str, Nemesis] = {**QUICK, **HEAVY, **DISK_FULL}
