"""Recovery: the time after a fault until each loop that it affected works again."""

import time
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime

import psycopg

from events.registry import CONSUMERS
from faults.environment import Environment
from faults.heartbeat_events import SKU, HeartbeatPublisher
from faults.history import Recovery
from operations.catalog.products import save_products
from schemas.errors import CrossdockError
from schemas.product import Product
from schemas.settings import Settings
from workers.process.bootstrap import context_of

RECOVERY_TIMEOUT = 60.0
"""Seconds after a fault within which every loop works again, on a quiet machine."""

LOOPS = frozenset({*CONSUMERS, "relay", "collector", "scheduler"})

FIRST_WORK = """
    select consumer, min(handled_at) from inbox where handled_at > %(since)s group by consumer
    union all select 'relay', min(sent_at) from outbox where sent_at > %(since)s
    union all
    select 'collector', min(last_at) from dead_letters where letter_type = 'unrouted' and last_at > %(since)s
    union all select 'scheduler', min(last_run_at) from schedules where last_run_at > %(since)s
"""


def recover(
    environment: Environment,
    heartbeats: HeartbeatPublisher,
    kind: str,
    loops: AbstractSet[str],
    since: datetime,
    seconds: float,
) -> Recovery:
    """Publish work for each of these loops, and wait up to *seconds* until each has done some after *since*.

    A replayer is not waited for: it works only while there is a replay.
    """
    heartbeats.send_to(sorted(loops & heartbeats.loops))
    last, missing = Recovery(kind, 0.0), set(loops & LOOPS)
    queued = "relay" not in missing
    ends = time.monotonic() + seconds
    while missing and time.monotonic() < ends:
        with suppress(psycopg.OperationalError, CrossdockError):
            queued = queued or _queue_for_relay(environment)
            worked = {loop: at for loop, at in environment.sql(FIRST_WORK, {"since": since}) if at and loop in missing}
            missing -= set(worked)
            if worked:
                loop, at = max(worked.items(), key=lambda loop_and_time: loop_and_time[1])
                last = max(
                    last,
                    Recovery(kind, (at - since).total_seconds(), loop),
                    key=lambda recovery: recovery.seconds or 0.0,
                )
        time.sleep(0.1)
    return Recovery(kind, None, ", ".join(sorted(missing))) if missing else last


def _queue_for_relay(environment: Environment) -> bool:
    """Write a message to the outbox, as an operator does who saves a product."""
    save_products(context_of(Settings(), environment.ledger), [Product(sku=SKU, name="HeartbeatEvents")], "faults")
    return True
