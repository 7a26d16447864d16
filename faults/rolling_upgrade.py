"""A rolling upgrade under load: migrated by the later version, whose processes replace those of this one by one."""

import subprocess
import sys
from pathlib import Path

from faults.context import TIMEOUT, Context
from faults.environment import COMMAND_TIMEOUT, ROOT
from faults.upgrade import LATER, tables_of, write_later_version
from tests.servers.processes import wait_until

VERSIONS = """
    select count(distinct document::json ->> 'version') filter (where document::json ->> 'version' = %(later)s),
        count(distinct document::json ->> 'version')
    from processes where seen_at > now() - interval '15 seconds'
"""
"""Versions of the processes that run: 1 if the later one is among them, and the number of all."""

MIGRATION_TRIES = 5
"""A small fault may end the migration's session, as a failover does: it goes on when it is run again."""


def upgrade_under_load(context: Context) -> int:
    """Migrate, and replace each process; return how many were, 0 unless both versions worked side by side.

    Half of the processes are of the later version for a while, with tables that those of this version do not know;
    which are killed and started on these tables meanwhile, too.
    """
    folder = write_later_version(context.servers.run / "later")
    _migrate(context, folder)
    members, version = list(context.fleet.members), {LATER: str(folder)}
    context.random.shuffle(members)
    half = len(members) // 2
    replaced = sum(context.fleet.replace(member, version) for member in members[:half])
    side_by_side = context.keep_busy_until(
        lambda: context.servers.sql(VERSIONS, {"later": tables_of(folder)})[0] >= (1, 2)
    )
    for member in members[half:]:
        context.fleet.kill(member)  # and started again, still of this version
    wait_until(lambda: all(member.alive for member in members), seconds=TIMEOUT)
    replaced += sum(context.fleet.replace(member, version) for member in members[half:])
    return replaced if side_by_side else 0


def _migrate(context: Context, folder: Path) -> None:
    """Run `crossdock migrate` of the later version, with the role that owns the tables."""
    servers = context.servers
    variables = servers.process_variables(servers.broker_port, servers.database_port, "reader")
    variables |= {"CROSSDOCK_DATABASE_URL": servers.database_url, LATER: str(folder)}
    command = [sys.executable, "-m", "faults.child", "migrate"]
    for _ in range(MIGRATION_TRIES):
        done = subprocess.run(
            command, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False
        )
        if done.returncode == 0:
            return
    raise RuntimeError(f"crossdock migrate ended with {done.returncode}: {done.stderr[-2000:]}")
