"""The doctor's findings about Commerce: credentials, rights, clock, website and store views, and the stock mode."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta

from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.creation import StockMode
from gateways.commerce.module import ShopModule
from gateways.errors import CallRefusedError
from ledger.ledger import Ledger
from schemas.errors import CrossdockError, PermanentError
from schemas.masked_urls import masked_url
from schemas.settings import PREFIX, Settings
from schemas.store import OrderNumberSource, Store
from workers.process.bootstrap import open_ledger
from workers.process.commerce import opened_commerce

CHECK = Purpose("check the connection")
CLOCK_TOLERANCE = timedelta(minutes=2)
"""Commerce refuses signatures from 10 minutes in its future."""

SHIPMENTS_CURSOR = "commerce shipments"
LATE = timedelta(minutes=2)
"""The delay that a poll may have."""

RIGHTS = ("orders", "products", "shipments")
"""Lists that Crossdock reads; the rights to create and change are only known when they are used."""


def examine_commerce(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    """Yield the subject of each check, whether it is in order, and the details or the remedy."""
    if not settings.commerce_url:
        yield "commerce", True, f"Commerce is simulated: {PREFIX}COMMERCE_URL is not set."
        return
    try:
        with closing(open_ledger(settings)) as ledger, opened_commerce(settings, ledger) as shop:
            yield from _examine(settings, shop.gateway.client, _stores(ledger))
            yield _checked("commerce shipments", lambda: _shipments(settings, ledger))
    except CrossdockError as error:
        yield "commerce", False, str(error)


def _examine(
    settings: Settings, client: CommerceClient, stores: Mapping[str, Store]
) -> Iterator[tuple[str, bool, str]]:
    access = _checked("commerce access", lambda: _access(settings, client))
    yield access
    if access[1]:
        yield _checked("commerce website", lambda: _website(settings, client))
        yield _checked("commerce store views", lambda: _store_views(client, stores))
        yield _checked("commerce stock", lambda: _stock(settings, client, stores))


def _access(settings: Settings, client: CommerceClient) -> str:
    ahead = timedelta(0)
    for resource in RIGHTS:
        answered = client.first_of(resource, CHECK)
        ahead = datetime.now(UTC) - answered if answered else ahead
    if abs(ahead) > CLOCK_TOLERANCE:
        seconds = round(abs(ahead).total_seconds())
        raise PermanentError(f"This machine's clock and the shop's differ by {seconds} seconds; synchronize both.")
    return (
        f"{masked_url(settings.commerce_url or '')} takes the credentials; orders, products and shipments can be read."
    )


def _website(settings: Settings, client: CommerceClient) -> str:
    website = settings.commerce_website
    try:
        client.salable(["-"], website, CHECK)
    except CallRefusedError as error:
        raise PermanentError(
            f"The shop has no stock for the website {website} ({error.sentence}); set {PREFIX}COMMERCE_WEBSITE to the"
            " code of a website that has a stock."
        ) from None
    return f"The stock of the website {website} can be read."


def _store_views(client: CommerceClient, stores: Mapping[str, Store]) -> str:
    view_ids = client.store_ids
    wrong = sorted(s.store_id for s in stores.values() if s.settings.commerce_store_view not in view_ids)
    if wrong:
        views = ", ".join(sorted(view_ids))
        raise PermanentError(f"The store view of {', '.join(wrong)} does not exist; the shop has {views}.")
    return "Every store's store view exists."


def _stock(settings: Settings, client: CommerceClient, stores: Mapping[str, Store]) -> str:
    mode = StockMode(settings.commerce_stock)
    lacking = {
        StockMode.REPAIR: "no shell for the repair of reservations",
        StockMode.MODULE: "no modules of a shop's own",
    }
    if settings.commerce_ims_organization and mode in lacking:
        raise PermanentError(f"Commerce as a Cloud Service has {lacking[mode]}; set {PREFIX}COMMERCE_STOCK to cart.")
    by_amazon = sorted(
        s.store_id for s in stores.values() if s.settings.order_number_source is OrderNumberSource.AMAZON
    )
    if mode is StockMode.CART and by_amazon:
        raise PermanentError(
            f"{', '.join(by_amazon)} numbers orders by Amazon's id, which an order of a cart cannot have; set"
            f" {PREFIX}COMMERCE_STOCK to module, repair or none, or the stores' order number source to commerce."
        )
    module = ShopModule(client, settings.commerce_module_path)
    if mode is StockMode.MODULE and not module.is_there(CHECK):
        raise PermanentError(
            f"The shop has no module at {module.path} that refuses a call without an order; install or enable it,"
            f" correct {PREFIX}COMMERCE_MODULE_PATH, or set {PREFIX}COMMERCE_STOCK to another mode."
        )
    return {
        StockMode.CART: "Orders are placed through carts, which reserve their stock.",
        StockMode.REPAIR: "Orders reserve nothing until the shop's own repair runs; see that its cron does.",
        StockMode.NONE: "Orders are created without stock, and never shipped or canceled by calls that move it.",
        StockMode.MODULE: f"Orders are created by the shop's module at {module.path}, which reserves their stock.",
    }[mode]


def _shipments(settings: Settings, ledger: Ledger) -> str:
    """Return whether somebody looks for the shop's shipments."""
    with ledger.read() as work:
        count = work.changed_shipments.count()
        overdue = work.changed_shipments.due_before(work.now - LATE)
        looked_at = work.schedules.last_run(SHIPMENTS_CURSOR)
    late = timedelta(seconds=2 * settings.commerce_poll_seconds) + LATE
    if looked_at is None or looked_at < ledger.now() - late or overdue:
        since = f", since {looked_at:%Y-%m-%d %H:%M} UTC" if looked_at else ""
        raise PermanentError(f"Nobody looks for shipments in the shop{since}; run `crossdock intake commerce`.")
    return f"Shipments are looked for; to be read, or without a tracking number: {count:,}."


def _stores(ledger: Ledger) -> Mapping[str, Store]:
    with ledger.read() as work:
        return {store.store_id: store for store in work.stores.all()}


def _checked(subject: str, check: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return subject, True, check()
    except CrossdockError as error:
        return subject, False, str(error)
