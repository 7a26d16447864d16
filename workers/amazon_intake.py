"""The intake from Amazon: its loops, a set for each seller, and one that receives for each queue of notifications."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from threading import Event

from gateways.amazon.notifications.sqs import NotificationQueue
from operations.read_only import ReadOnlyGuard
from schemas.amazon_sellers import AmazonSeller, variable_of
from schemas.errors import SettingsError
from workers.notification_receiver import NotificationReceiver
from workers.order_backfiller import OrderBackfiller
from workers.order_fetcher import OrderFetcher
from workers.order_sweeper import OrderSweeper
from workers.process.amazon import queue_url_of
from workers.process.parts import Parts
from workers.runner import Loop


def amazon_loops(parts: Parts) -> dict[str, Loop]:
    """Return the loops: for each seller fetcher, sweeper and backfiller, and for each queue a receiver.

    Raises SettingsError for a setting that is missing.
    """
    sellers = parts.settings.sellers
    if not sellers:
        variable = variable_of("", "amazon_seller_id")
        raise SettingsError(f"{variable} is missing: the seller's id, as Seller Central shows it.")
    queues = _sellers_by_queue(sellers)
    changed = {seller.name: Event() for seller in sellers}
    loops: dict[str, Loop] = {}
    for seller in sellers:
        loops |= _loops_of(parts, seller, changed[seller.name])
    guard = ReadOnlyGuard(parts.ledger, parts.settings)
    for url, own in queues.items():
        wake = {seller.name: changed[seller.name] for seller in own}
        receiver = NotificationReceiver(parts.ledger, NotificationQueue(url), own, parts.liveness, guard, wake)
        loops[_named("notification receiver", own[0], is_only=len(queues) == 1)] = receiver
    return loops


def _loops_of(parts: Parts, seller: AmazonSeller, changed: Event) -> Mapping[str, Loop]:
    account = parts.accounts[seller.name]
    client, included, ledger, liveness = account.client, account.included, parts.ledger, parts.liveness
    pause = timedelta(seconds=seller.amazon_sweep_seconds)
    loops: Mapping[str, Loop] = {
        "order fetcher": OrderFetcher(ledger, parts.bus, client, seller, included, liveness, changed),
        "order sweeper": OrderSweeper(ledger, client, seller, pause, liveness),
        "order backfiller": OrderBackfiller(ledger, parts.bus, client, seller, included, liveness),
    }
    return {_named(name, seller, is_only=seller.is_only): loop for name, loop in loops.items()}


def _named(loop: str, seller: AmazonSeller, *, is_only: bool) -> str:
    return loop if is_only else f"{loop} {seller.name}"


def _sellers_by_queue(sellers: Sequence[AmazonSeller]) -> Mapping[str, Sequence[AmazonSeller]]:
    """Return the sellers by the URL of their queue, which several may share."""
    queues: defaultdict[str, list[AmazonSeller]] = defaultdict(list)
    for seller in sellers:
        queues[queue_url_of(seller)].append(seller)
    return queues
