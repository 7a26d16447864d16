"""The daily reconciliation as jobs of the scheduler, and the one that a person asks for."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import structlog

from ledger.errors import OrderChangedMeanwhileError
from ledger.ledger import Ledger
from schemas.reconciliation import Reconciliation
from schemas.settings import Settings
from workers.process.bootstrap import open_ledger, opened_systems

log = structlog.get_logger(__name__)

SPAN = timedelta(days=2)
"""The span that a daily run compares: two days, so that the next run sees the repairs of this one."""

RATE_PAUSE = 30.0
"""Seconds after which a person's reconciliation tries again whether Amazon grants a search."""


def reconcile_daily(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Compare the orders of the last two days, where Amazon or Commerce is connected; yield the orders until each page.

    Where Amazon's rate is used up it ends, and `go_on_reconciling` reads the rest.
    """
    if settings.sellers or settings.commerce_url:
        yield from _until_rate_is_used_up(ledger, settings, SPAN)


def go_on_reconciling(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Read further pages of a reconciliation in progress; yield the orders until each."""
    with ledger.read() as work:
        run = work.reconciliations.in_progress()
    if run is not None and (settings.sellers or settings.commerce_url):
        yield from _until_rate_is_used_up(ledger, settings, run.outcome.at - run.outcome.since)


def reconcile_now(
    settings: Settings, span: timedelta, show: Callable[[int], None], wait: Callable[[float], bool]
) -> Reconciliation | None:
    """Compare the orders that changed within *span*; *show* gets their number after each page.

    While Amazon grants no search, it waits by *wait*, and returns None once that returns True: the reconciliation stays
    in progress.
    """
    from workers.reconciliation import begin  # noqa: PLC0415 - the HTTP client costs 0.1 s

    with closing(open_ledger(settings)) as ledger:
        ledger.check_version()
        ledger.check_key()
        at = begin(ledger, span).outcome.at
        while (latest := _latest_since(ledger, at, span)) is None:
            for orders in _until_rate_is_used_up(ledger, settings, span):
                show(orders)
                if wait(0):
                    return None
            if (latest := _latest_since(ledger, at, span)) is None and wait(RATE_PAUSE):
                return None
        return latest


def _latest_since(ledger: Ledger, at: datetime, span: timedelta) -> Reconciliation | None:
    """Return the latest reconciliation, if it is of this span, and begun at that instant or later.

    Later, where another process began one of another span meanwhile, and the one of that instant was given up.
    """
    with ledger.read() as work:
        latest = work.reconciliations.latest()
    return latest if latest and latest.at >= at and latest.at - latest.since == span else None


def _until_rate_is_used_up(ledger: Ledger, settings: Settings, span: timedelta) -> Iterator[int]:
    """Read pages until Amazon grants no search, or another process reads them; yield the orders until each page."""
    from gateways.errors import RateUsedUpError  # noqa: PLC0415 - it imports the HTTP client

    try:
        for outcome in _reconciliation(ledger, settings, span):
            yield outcome.orders
    except (RateUsedUpError, OrderChangedMeanwhileError) as error:
        log.info("reconciliation deferred", reason=str(error))


def _reconciliation(ledger: Ledger, settings: Settings, span: timedelta) -> Iterator[Reconciliation]:
    from workers.reconciliation import reconciliation  # noqa: PLC0415 - it imports the HTTP client, for once a day

    with opened_systems(settings, ledger) as systems:
        yield from reconciliation(ledger, settings, systems, span)
