"""The seller's subscription to notifications: whether it sends to the queue that is read, and making it do so."""

from contextlib import closing

from gateways.amazon.notifications.sqs import NotificationQueue, QueueFacts
from gateways.amazon.sp_api.subscription import Subscription
from ledger.ledger import Ledger
from operations.read_only import RELEASE, ReadOnlyGuard
from schemas.amazon_sellers import AmazonSeller
from schemas.errors import PermanentError
from schemas.settings import Settings
from workers.process.amazon import opened_notifications, queue_url_of

AMAZONS_ACCOUNT = "437568002678"
"""The account of AWS that Amazon sends notifications from (SP-API documentation, "Amazon SQS workflow")."""


def check_subscription(seller: AmazonSeller, ledger: Ledger) -> str:
    """Return a sentence when a seller's ORDER_CHANGE comes to the queue. Raises CrossdockError with the remedy."""
    queue = _queue_of(seller)
    if not queue.lets_send(AMAZONS_ACCOUNT):
        raise PermanentError(
            f"The policy of the queue {queue.arn} does not name Amazon's account {AMAZONS_ACCOUNT}; allow it"
            " sqs:SendMessage and sqs:GetQueueAttributes."
        )
    with opened_notifications(seller, ledger) as subscriptions:
        subscription = subscriptions.find()
    if subscription is None:
        raise PermanentError(f"{_the(seller)} has no subscription to ORDER_CHANGE; `{_command(seller)}` makes it.")
    if subscription.queue_arn != queue.arn:
        raise _elsewhere(seller, subscription, queue)
    return f"ORDER_CHANGE comes to {queue.arn} (subscription {subscription.subscription_id})."


def subscribe(settings: Settings, seller: AmazonSeller, ledger: Ledger, *, replace: bool) -> str:
    """Have a seller's ORDER_CHANGE sent to the queue; return a sentence.

    With *replace* a subscription to another queue goes. Raises CrossdockError.
    """
    queue = _queue_of(seller)
    if ReadOnlyGuard(ledger, settings).is_on():
        raise PermanentError(f"Read-only mode: nothing is subscribed. {RELEASE} ends it.")
    with opened_notifications(seller, ledger) as subscriptions:
        subscription = subscriptions.find()
        if subscription and subscription.queue_arn == queue.arn:
            return f"ORDER_CHANGE came to {queue.arn} before (subscription {subscription.subscription_id})."
        if subscription:
            if not replace:
                raise _elsewhere(seller, subscription, queue)
            subscriptions.remove(subscription)
        made = subscriptions.subscribe(queue.arn)
    return f"ORDER_CHANGE comes to {queue.arn} from now on (subscription {made.subscription_id})."


def _elsewhere(seller: AmazonSeller, subscription: Subscription, queue: QueueFacts) -> PermanentError:
    return PermanentError(
        f"The subscription of {seller.label} sends ORDER_CHANGE to {subscription.queue_arn or 'no queue of SQS'}, not"
        f" to {queue.arn}, which is read. `{_command(seller)} --replace` changes that; the other queue gets no more."
    )


def _the(seller: AmazonSeller) -> str:
    return f"The{seller.label.removeprefix('the')}"


def _command(seller: AmazonSeller) -> str:
    return "crossdock intake amazon subscribe" + (f" --seller {seller.name}" if seller.name else "")


def _queue_of(seller: AmazonSeller) -> QueueFacts:
    with closing(NotificationQueue(queue_url_of(seller))) as queue:
        return queue.facts()
