"""Backfills: publishing the orders that Amazon has of a span of time. `crossdock intake amazon` carries them out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from operator import attrgetter
from uuid import uuid4

from gateways.amazon.sp_api.rates import RATES, bucket_key, usable
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import InvalidInputError, NotFoundError, RefusedActionError
from operations.list_pages import ListKey, ListPage, list_page
from operations.people.audit import record_action
from operations.store_sellers import one_seller
from schemas.amazon_sellers import AmazonSeller
from schemas.backfills import Backfill, BackfillState
from schemas.value import Value

SEARCH_LAG = timedelta(minutes=3)
"""A backfill ends so long ago, as Amazon refuses the last two minutes; later orders come by notifications."""

MAX_AGE = timedelta(days=730)
"""Amazon shows the orders of two years (Orders API; of Japan, Australia and Singapore those since 2016)."""

FIRST_WINDOW = timedelta(days=1)
"""The first window of a search; later windows are longer or shorter, by how many orders there are."""

SPARE_TOKENS = 3
"""Searches of the burst that a backfill leaves for changed orders and for a reconciliation."""


class BackfillProgress(Value):
    """A backfill, how far it is, and when it will probably have ended."""

    backfill_id: str
    state: BackfillState
    seller: str | None
    """The seller whose orders are searched, of several; null: the only one, or one that is no longer connected."""
    store_id: str | None
    """The only store whose orders are searched; null: all stores of the seller."""
    created_from: datetime
    created_until: datetime
    searched_until: datetime
    """All orders created before it are published."""
    done: float
    """The share of the span that is published, 0 to 1."""
    pages: int
    """Calls to Amazon, each of a hundred orders at most."""
    orders: int
    """Orders that Amazon listed."""
    published: int
    """Those of them that Crossdock did not have as late as Amazon."""
    expected_end: datetime | None
    """By the rate that Amazon grants and the orders until now; null until the first window is read, and when paused."""
    reason: str
    """Why it does not go on at present, in a sentence."""
    who: str
    why: str
    started_at: datetime
    ended_at: datetime | None


def start_backfill(
    context: Context,
    created_from: datetime,
    created_until: datetime | None,
    store_id: str | None,
    seller: str | None = None,
    *,
    actor: str,
    why: str,
) -> BackfillProgress:
    """Start publishing the orders that were created in a span, of one store or of all stores of a seller.

    Raises InvalidInputError for a wrong span or seller, NotFoundError for the store, and RefusedActionError where
    Amazon is not connected, or no store has a marketplace.
    """
    with context.ledger.begin() as work:
        chosen = _seller_of(context, work, store_id, seller)
        latest = work.now - SEARCH_LAG
        since, until = _second(created_from), _second(min(created_until or latest, latest))
        _check_span(since, until, work.now)
        _check_stores(work, chosen, store_id)
        backfill = Backfill(
            id=uuid4().hex[:12],
            seller_id=chosen.account,
            store_id=store_id,
            created_from=since,
            created_until=until,
            searched_until=since,
            window_until=since,
            window=FIRST_WINDOW,
            started_at=work.now,
            who=actor,
            why=why,
        )
        work.backfills.start(backfill)
        span = {"from": since.isoformat(), "to": until.isoformat(), "store": store_id or "all"}
        record_action(work, actor, "backfill.start", f"backfill {backfill.id}", why, span)
        return _progress(context, work, backfill)


_KEY: ListKey[Backfill] = ListKey((datetime, str), attrgetter("started_at", "id"))


def list_backfills(context: Context, limit: int = 20, after: str | None = None) -> ListPage[BackfillProgress]:
    """Return a page of the backfills, those started last first. Raises WrongFilterError."""
    with context.ledger.read() as work:
        latest = list_page(_KEY, lambda key, number: work.backfills.latest(number, key), limit, after)
        return latest.shown_as(lambda backfill: _progress(context, work, backfill))


def show_backfill(context: Context, id_prefix: str) -> BackfillProgress:
    """Return the backfill whose id begins so. Raises NotFoundError, InvalidInputError if several do."""
    with context.ledger.read() as work:
        return _progress(context, work, _find(work, id_prefix))


def pause_backfill(context: Context, id_prefix: str, *, actor: str, why: str) -> BackfillProgress:
    """Pause a running backfill after the page in progress. Raises RefusedActionError, NotFoundError."""

    def paused(backfill: Backfill) -> Backfill:
        if backfill.state is not BackfillState.RUNNING:
            raise RefusedActionError(f"The backfill {backfill.id} is {backfill.state}.")
        return replace(backfill, state=BackfillState.PAUSED, reason=f"Paused by {actor}.")

    return _change(context, id_prefix, paused, actor=actor, why=why, action="backfill.pause")


def resume_backfill(context: Context, id_prefix: str, *, actor: str, why: str) -> BackfillProgress:
    """Resume a paused backfill where it stood. Raises RefusedActionError, NotFoundError."""

    def resumed(backfill: Backfill) -> Backfill:
        if backfill.state is not BackfillState.PAUSED:
            raise RefusedActionError(f"The backfill {backfill.id} is {backfill.state}.")
        return replace(backfill, state=BackfillState.RUNNING, reason="", attempts=0)

    return _change(context, id_prefix, resumed, actor=actor, why=why, action="backfill.resume")


def _change(
    context: Context, id_prefix: str, change: Callable[[Backfill], Backfill], *, actor: str, why: str, action: str
) -> BackfillProgress:
    with context.ledger.begin() as work:
        changed = change(work.backfills.lock(_find(work, id_prefix).id))
        work.backfills.save(changed)
        record_action(work, actor, action, f"backfill {changed.id}", why)
        return _progress(context, work, changed)


def _seller_of(context: Context, work: UnitOfWork, store_id: str | None, name: str | None) -> AmazonSeller:
    """Return the seller of the store, or of the name, or the only one."""
    store = work.stores.load([store_id]).get(store_id) if store_id else None
    if store and name not in (None, store.seller):
        raise InvalidInputError(f"The store {store_id} belongs to another seller than {name}.")
    return one_seller(context.settings, name or (store.seller if store else None))


def _second(moment: datetime) -> datetime:
    """Return an instant as Amazon takes it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _check_span(since: datetime, until: datetime, now: datetime) -> None:
    if since >= until:
        raise InvalidInputError("The backfill has to begin before it ends, and three minutes ago at least.")
    if since < now - MAX_AGE:
        raise InvalidInputError(f"Amazon shows orders of two years: begin on {now - MAX_AGE:%Y-%m-%d} at the earliest.")


def _check_stores(work: UnitOfWork, seller: AmazonSeller, store_id: str | None) -> None:
    stores = work.stores.all()
    if store_id is not None and store_id not in {store.store_id for store in stores}:
        raise NotFoundError(f"There is no store {store_id}.")
    searched = [store for store in stores if store_id in (None, store.store_id) and seller.has(store)]
    if not any(store.marketplace_id for store in searched):
        name = store_id or "STORE"
        raise RefusedActionError(
            f"No store to be searched has a marketplace; `crossdock stores set {name} --marketplace-id ID` sets it."
        )


def _find(work: UnitOfWork, id_prefix: str) -> Backfill:
    matching = work.backfills.by_prefix(id_prefix)
    if not matching:
        raise NotFoundError(f'There is no backfill "{id_prefix}".')
    if len(matching) > 1:
        raise InvalidInputError(f'Several backfills begin with "{id_prefix}"; write more of the id.')
    return matching[0]


def _progress(context: Context, work: UnitOfWork, backfill: Backfill) -> BackfillProgress:
    covered = backfill.searched_until - backfill.created_from
    return BackfillProgress(
        backfill_id=backfill.id,
        state=backfill.state,
        seller=next((seller.name for seller in context.settings.sellers if seller.account == backfill.seller_id), "")
        or None,
        store_id=backfill.store_id,
        created_from=backfill.created_from,
        created_until=backfill.created_until,
        searched_until=backfill.searched_until,
        done=covered / (backfill.created_until - backfill.created_from),
        pages=backfill.pages,
        orders=backfill.orders,
        published=backfill.published,
        expected_end=_expected_end(work, backfill, covered),
        reason=backfill.reason,
        who=backfill.who,
        why=backfill.why,
        started_at=backfill.started_at,
        ended_at=backfill.ended_at,
    )


def _expected_end(work: UnitOfWork, backfill: Backfill, covered: timedelta) -> datetime | None:
    """Return when the rest will have been read, if it has as many orders a day as the windows that were read."""
    if backfill.state is not BackfillState.RUNNING or not covered:
        return None
    rate = usable(RATES["searchOrders"])
    rest = (backfill.created_until - backfill.searched_until) / covered
    calls = ceil((backfill.pages - backfill.window_pages) * rest) * max(1, work.backfills.running(backfill.seller_id))
    tokens = work.rate_buckets.tokens(bucket_key(backfill.seller_id, "searchOrders"), *rate)
    return work.now + timedelta(seconds=max(0.0, calls + SPARE_TOKENS - tokens) / rate.per_second)
