"""Events that are refused before their handler, which knows neither the time nor the marketplace of its store."""

from datetime import datetime, timedelta

from events.envelope import Event
from gateways.amazon.marketplaces import is_same_marketplace
from schemas.payloads import AmazonReport, CommerceShipped
from schemas.store import Store

CLOCK_SKEW = timedelta(minutes=5)
"""The lead that a reported instant may have. Amazon refuses requests by a clock that is more than 5 minutes wrong (AWS
Signature Version 4), so a publisher's clock is better than that."""


def refusal(event: Event, store: Store | None, now: datetime) -> str | None:
    """Return why an event is not handled, None if it is. *store* is None if it is not known."""
    payload = event.payload
    if isinstance(payload, CommerceShipped):
        return _future("shipped_at", payload.shipped_at, now)
    if isinstance(payload, AmazonReport):
        return _future("last_update_date", payload.last_update_date, now) or _other_marketplace(payload, store)
    return None


def _future(field: str, instant: datetime, now: datetime) -> str | None:
    """Refuse a later instant: nothing that is reported afterwards would replace it, until it is past."""
    if instant <= now + CLOCK_SKEW:
        return None
    return (
        f"Its {field} lies more than {CLOCK_SKEW // timedelta(minutes=1)} minutes in the future, and would outrank"
        " every report until then. Correct the publisher's clock or time zone, and publish or edit the event."
    )


def _other_marketplace(report: AmazonReport, store: Store | None) -> str | None:
    """Refuse a report that another store takes: a store is one marketplace, and both would import the order."""
    if store is None or store.marketplace_id is None or report.marketplace_id is None:
        return None
    if is_same_marketplace(report.marketplace_id, store.marketplace_id):
        return None
    return (
        f"The order is of the marketplace {report.marketplace_id}, the store {store.store_id} of"
        f" {store.marketplace_id}. Publish it for the store of its marketplace."
    )
