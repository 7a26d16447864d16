"""The daily reconciliation as a job of the scheduler, and the one that a person asks for."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

from ledger.ledger import Ledger
from schemas.reconciliation import Reconciliation
from schemas.settings import Settings
from workers.process.bootstrap import open_ledger, opened_systems

SPAN = timedelta(days=2)
"""What a daily run compares: twice, so that what is repaired by one is seen by the next."""


def reconcile_daily(ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
    """Compare the orders of the last two days, where Amazon or Commerce is connected; yield the differences' number."""
    if settings.amazon_seller_id or settings.commerce_url:
        yield len(_reconcile(ledger, settings, SPAN).differences)


def reconcile_now(settings: Settings, span: timedelta) -> Reconciliation:
    """Compare the orders that changed within *span*."""
    with closing(open_ledger(settings)) as ledger:
        ledger.check_version()
        ledger.check_key()
        return _reconcile(ledger, settings, span)


def _reconcile(ledger: Ledger, settings: Settings, span: timedelta) -> Reconciliation:
    from workers.reconciliation import reconcile  # noqa: PLC0415 - it imports the HTTP client, for once a day

    with opened_systems(settings, ledger) as systems:
        return reconcile(ledger, settings, systems, span)
