"""The doctor's findings about Amazon, for each seller: credentials, notifications, orders to be fetched."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta

from gateways.amazon.notifications.sqs import NotificationQueue
from gateways.amazon.sp_api.rates import MARGIN, RATES
from ledger.ledger import Ledger
from schemas.amazon_sellers import AmazonSeller, names_text
from schemas.errors import CrossdockError, PermanentError
from schemas.settings import PREFIX, Settings
from schemas.store import Store
from workers.amazon_subscription import check_subscription
from workers.process.amazon import opened_amazon
from workers.process.bootstrap import open_ledger

LATE = timedelta(hours=1)
"""A search is late when the end of the last one is so long ago, beyond the pause between two: Amazon's rate, and an
outage of Amazon's, may have it wait."""


def examine_amazon(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    """Yield the subject of each check, whether it is in order, and the details or the remedy."""
    if not settings.sellers:
        yield "amazon", True, f"Amazon is simulated: {PREFIX}AMAZON_SELLER_ID is not set."
        return
    try:
        with closing(open_ledger(settings)) as ledger:
            yield from _stores_without_seller(settings.sellers, ledger)
            for seller in settings.sellers:
                whom = f" ({seller.name})" if seller.name else ""
                for subject, ok, details in _examine(seller, ledger):
                    yield f"{subject}{whom}", ok, details
    except CrossdockError as error:
        yield "amazon", False, str(error)


def _examine(seller: AmazonSeller, ledger: Ledger) -> Iterator[tuple[str, bool, str]]:
    stores = _stores_of(ledger, seller)
    yield _checked("amazon access", lambda: _access(seller, ledger))
    yield _checked("amazon stores", lambda: _marketplaces(stores))
    if seller.amazon_queue_url:
        yield _checked("amazon queue", lambda: _queue(seller.amazon_queue_url or ""))
        yield _checked("amazon subscription", lambda: check_subscription(seller, ledger))
        yield _checked("amazon orders", lambda: _backlog(ledger, stores))
        yield _checked("amazon sweep", lambda: _sweep(seller, ledger))


def _stores_without_seller(sellers: Sequence[AmazonSeller], ledger: Ledger) -> Iterator[tuple[str, bool, str]]:
    """Yield the stores whose orders nobody gets, and no parcel is confirmed of; nothing where all have their seller."""
    with ledger.read() as work:
        stores = [store for store in work.stores.all() if not any(seller.has(store) for seller in sellers)]
    if stores:
        named = ", ".join(f"{store.store_id} ({store.seller})" if store.seller else store.store_id for store in stores)
        details = (
            f"No connected seller has {named}: {names_text(sellers)}. `crossdock stores set STORE --seller NAME` says"
            " whose a store is."
        )
        yield "amazon sellers", False, details


def _stores_of(ledger: Ledger, seller: AmazonSeller) -> Sequence[Store]:
    with ledger.read() as work:
        return [store for store in work.stores.all() if seller.has(store)]


def _access(seller: AmazonSeller, ledger: Ledger) -> str:
    with opened_amazon(seller, ledger) as amazon:
        amazon.client.check_access(amazon.included)
    return f"Amazon accepts the credentials, and returns orders with {', '.join(amazon.included)}."


def _marketplaces(stores: Sequence[Store]) -> str:
    without = [store.store_id for store in stores if not store.marketplace_id]
    if without and len(stores) > 1:
        raise PermanentError(
            f"{', '.join(without)} has no marketplace, so no notification is for it; `crossdock stores set STORE"
            " --marketplace-id ID` sets it."
        )
    return "Every store has its marketplace." if stores else "There is no store yet."


def _queue(url: str) -> str:
    with closing(NotificationQueue(url)) as queue:
        return f"The queue can be read; notifications waiting in it: about {queue.waiting():,}."


def _backlog(ledger: Ledger, stores: Sequence[Store]) -> str:
    with ledger.read() as work:
        orders, since = work.changed_orders.backlog([store.store_id for store in stores])
    if since is None:
        return "No changed order is to be fetched."
    left = timedelta(seconds=round(orders / (RATES["getOrder"].per_second * MARGIN)))
    return f"Changed orders to be fetched: {orders:,}, since {since:%Y-%m-%d %H:%M} UTC; Amazon's rate takes {left}."


def _sweep(seller: AmazonSeller, ledger: Ledger) -> str:
    with ledger.read() as work:
        until, now = work.order_sweeps.swept_until(seller.account), work.now
    if until is None:
        return "No search for orders whose notification was lost yet; `crossdock intake amazon` makes it."
    if now - until > LATE + timedelta(seconds=seller.amazon_sweep_seconds):
        raise PermanentError(
            f"Changes since {until:%Y-%m-%d %H:%M} UTC were not searched for; does `crossdock intake amazon` run?"
        )
    return f"Every change before {until:%Y-%m-%d %H:%M} UTC is known."


def _checked(subject: str, check: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return subject, True, check()
    except CrossdockError as error:
        return subject, False, str(error)
