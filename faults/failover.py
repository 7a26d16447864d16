"""The failover of PostgreSQL: a standby takes the primary's address over, and only reads until it is promoted."""

import shutil
import time
from contextlib import closing

import psycopg

from faults.context import TIMEOUT, Context
from faults.servers import OPTIONS
from tests.servers.postgresql_cluster import Standby
from tests.servers.processes import wait_until

FOLLOWS = "select count(*) from pg_stat_replication where sync_state = 'sync'"


def fail_over(context: Context) -> int:
    """Have a standby replace the primary under load; return 1 when it was promoted.

    It follows synchronously: an asynchronous one may lack commits of the primary, and nobody could ask for those.
    """
    servers = context.servers
    primary, standby = servers.cluster, _standby(context)
    context.send_heartbeats()
    time.sleep(context.random.uniform(0.5, 3.0))
    servers.cluster = standby
    standby.take_over()
    servers.await_database()
    time.sleep(context.random.uniform(1.0, 5.0))  # its sessions refuse to write
    servers.sql("select pg_promote()")
    shutil.rmtree(primary.home)
    return int(wait_until(lambda: servers.sql("select pg_is_in_recovery()") == [(False,)], seconds=TIMEOUT))


def _standby(context: Context) -> Standby:
    servers = context.servers
    copies = len(list(servers.disk.folder.glob("standby-*")))
    standby = Standby(servers.run, servers.cluster, servers.disk.folder / f"standby-{copies}", OPTIONS)
    standby.start()
    with closing(psycopg.connect(servers.database_url, autocommit=True)) as connection:
        connection.execute("alter system set synchronous_standby_names = '*'")
        connection.execute("select pg_reload_conf()")
    if not wait_until(lambda: servers.sql(FOLLOWS) == [(1,)], seconds=TIMEOUT):
        raise RuntimeError("The standby does not follow the primary; its log is postgres.log in the run's folder.")
    return standby
