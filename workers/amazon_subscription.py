"""The seller's subscription to notifications: whether it sends to the queue that is read, and making it do so."""

from contextlib import closing

from gateways.amazon.notifications.sqs import NotificationQueue, QueueFacts
from gateways.amazon.sp_api.subscription import Subscription, SubscriptionDesk
from ledger.ledger import Ledger
from operations.read_only import RELEASE, ReadOnlyGuard
from schemas.errors import PermanentError, SettingsError
from schemas.settings import PREFIX, Settings
from workers.process.amazon import opened_notifications

AMAZONS_ACCOUNT = "437568002678"
"""The account of AWS that Amazon sends notifications from (SP-API documentation, "Amazon SQS workflow")."""


def check_subscription(settings: Settings, ledger: Ledger) -> str:
    """Return a sentence when ORDER_CHANGE comes to the queue. Raises CrossdockError with the remedy."""
    queue = _queue_of(settings)
    if not queue.lets_send(AMAZONS_ACCOUNT):
        raise PermanentError(
            f"The policy of the queue {queue.arn} does not name Amazon's account {AMAZONS_ACCOUNT}; allow it"
            " sqs:SendMessage and sqs:GetQueueAttributes."
        )
    with opened_notifications(settings, ledger) as desk:
        found = desk.find()
    if found is None:
        raise PermanentError(
            "The seller has no subscription to ORDER_CHANGE; `crossdock intake amazon subscribe` makes it."
        )
    if found.queue_arn != queue.arn:
        raise _elsewhere(found, queue)
    return f"ORDER_CHANGE comes to {queue.arn} (subscription {found.subscription_id})."


def subscribe(settings: Settings, ledger: Ledger, *, replace: bool) -> str:
    """Have ORDER_CHANGE sent to the queue; return a sentence. With *replace* a subscription to another queue goes.

    Raises CrossdockError.
    """
    queue = _queue_of(settings)
    if ReadOnlyGuard(ledger, settings).is_on():
        raise PermanentError(f"Read-only mode: nothing is subscribed. {RELEASE} ends it.")
    with opened_notifications(settings, ledger) as desk:
        found = desk.find()
        if found and found.queue_arn == queue.arn:
            return f"ORDER_CHANGE came to {queue.arn} before (subscription {found.subscription_id})."
        if found:
            _give_up(desk, found, queue, replace=replace)
        made = desk.subscribe(queue.arn)
    return f"ORDER_CHANGE comes to {queue.arn} from now on (subscription {made.subscription_id})."


def _give_up(desk: SubscriptionDesk, found: Subscription, queue: QueueFacts, *, replace: bool) -> None:
    if not replace:
        raise _elsewhere(found, queue)
    desk.remove(found)


def _elsewhere(found: Subscription, queue: QueueFacts) -> PermanentError:
    return PermanentError(
        f"The seller's subscription sends ORDER_CHANGE to {found.queue_arn or 'no queue of SQS'}, not to {queue.arn},"
        " which is read. `crossdock intake amazon subscribe --replace` changes that; the other queue gets no more."
    )


def _queue_of(settings: Settings) -> QueueFacts:
    if not settings.amazon_queue_url:
        raise SettingsError(f"{PREFIX}AMAZON_QUEUE_URL is missing: the SQS queue that Amazon's notifications come to.")
    with closing(NotificationQueue(settings.amazon_queue_url)) as queue:
        return queue.facts()
