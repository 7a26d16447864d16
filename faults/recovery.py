"""Recovery: how long after a fault each loop that it hit does its work again."""

import time
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime

import psycopg

from events.registry import CONSUMERS
from faults.environment import Place
from faults.heartbeat_events import SKU, Ringer
from faults.history import Recovery
from operations.catalog.products import save_products
from schemas.errors import CrossdockError
from schemas.product import Product
from schemas.settings import Settings
from workers.process.bootstrap import context_of

RECOVERY = 60.0
"""Seconds after a fault within which work must go on."""

LOOPS = frozenset({*CONSUMERS, "relay", "collector", "scheduler"})

FIRST_WORK = """
    select consumer, min(handled_at) from inbox where handled_at > %(since)s group by consumer
    union all select 'relay', min(sent_at) from outbox where sent_at > %(since)s
    union all
    select 'collector', min(last_at) from dead_letters where letter_type = 'unrouted' and last_at > %(since)s
    union all select 'scheduler', min(last_run_at) from schedules where last_run_at > %(since)s
"""


def recover(place: Place, ringer: Ringer, kind: str, loops: AbstractSet[str], since: datetime) -> Recovery:
    """Give each of these loops something to do, and wait until each has done something after *since*."""
    ringer.ring(sorted(loops & ringer.heard_by))
    last, missing = Recovery(kind, 0.0), set(loops)
    fed = "relay" not in missing
    ends = time.monotonic() + RECOVERY
    while missing and time.monotonic() < ends:
        with suppress(psycopg.OperationalError, CrossdockError):
            fed = fed or _feed_relay(place)
            worked = {loop: at for loop, at in place.sql(FIRST_WORK, {"since": since}) if at and loop in missing}
            missing -= set(worked)
            if worked:
                loop, at = max(worked.items(), key=lambda one: one[1])
                last = max(last, Recovery(kind, (at - since).total_seconds(), loop), key=lambda one: one.seconds or 0.0)
        time.sleep(0.1)
    return Recovery(kind, None, ", ".join(sorted(missing))) if missing else last


def _feed_relay(place: Place) -> bool:
    """Write something to the outbox, as an operator does who saves a product."""
    save_products(context_of(Settings(), place.ledger), [Product(sku=SKU, name="Bell")])
    return True
