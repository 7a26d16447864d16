"""An upgrade under load: a later version adds to the tables, and processes of this version go on with them."""

from faults.context import Context

LATER_VERSION = "9000"
"""Of a version whose migration this code does not know."""


def migrate_under_load(context: Context) -> int:
    """Add to the tables as a later version's migration does, then start each process of this one again on them.

    Return how many processes were replaced.
    """
    number = context.random.getrandbits(32)
    for table in ("orders", "inbox", "outbox"):
        context.servers.sql(f"alter table {table} add column later_{number} text")
    context.servers.sql(f"create table later_{number} (id bigint primary key)")
    context.servers.sql(f"create index ix_later_{number} on orders (later_{number})")
    context.servers.sql("update crossdock_version set version_num = %(version)s", {"version": LATER_VERSION})
    return context.fleet.replace_all()
