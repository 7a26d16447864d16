"""The intake from Amazon: its loops."""

from datetime import timedelta
from threading import Event

from gateways.amazon.notifications.sqs import NotificationQueue
from operations.read_only import ReadOnlyGuard
from schemas.errors import SettingsError
from schemas.settings import PREFIX
from workers.notification_receiver import NotificationReceiver
from workers.order_backfiller import OrderBackfiller
from workers.order_fetcher import OrderFetcher
from workers.order_sweeper import OrderSweeper
from workers.process.amazon import included_data, seller_of
from workers.process.parts import Parts
from workers.runner import Loop


def amazon_loops(parts: Parts) -> dict[str, Loop]:
    """Return the loops: receiver, fetcher, sweeper, backfiller. Raises SettingsError for a setting that is missing."""
    settings, seller_id = parts.settings, seller_of(parts.settings)
    if not settings.amazon_queue_url or not parts.amazon:
        raise SettingsError(f"{PREFIX}AMAZON_QUEUE_URL is missing: the SQS queue that Amazon's notifications come to.")
    pause = timedelta(seconds=settings.amazon_sweep_seconds)
    queue = NotificationQueue(settings.amazon_queue_url)
    changed = Event()
    guard, included = ReadOnlyGuard(parts.ledger, settings), included_data(settings)
    return {
        "notification receiver": NotificationReceiver(parts.ledger, queue, seller_id, parts.liveness, guard, changed),
        "order fetcher": OrderFetcher(parts.ledger, parts.bus, parts.amazon, included, parts.liveness, changed),
        "order sweeper": OrderSweeper(parts.ledger, parts.amazon, seller_id, pause, parts.liveness),
        "order backfiller": OrderBackfiller(parts.ledger, parts.bus, parts.amazon, seller_id, included, parts.liveness),
    }
