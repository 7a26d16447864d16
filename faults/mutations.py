"""Mutations that remove one guarantee each. The checker must find a violation with each of them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from events import amqp
from events.bus import Delivery
from events.rabbitmq.confirms import RabbitConfirmation
from events.rabbitmq.subscription import RabbitSubscription
from faults.patches import patch
from gateways.simulator import commerce, shop
from ledger import ledger
from ledger.batches import BatchLookup
from ledger.messages import inbox
from ledger.messages.inbox import Inbox
from ledger.sql.rows import Part
from ledger.transaction import Transaction
from ledger.unit_of_work import UnitOfWork
from schemas.gateway_requests import CreateOrder, OrderLookup
from schemas.history import InboxEntry

MUTATION = "CROSSDOCK_TEST_MUTATION"
"""Environment variable: the mutation of a process."""


def no_inbox() -> None:
    """Ignore the inbox."""
    look_up = UnitOfWork.look_up

    def look_up_nothing_handled(work: UnitOfWork, *args: Any) -> BatchLookup:
        return replace(look_up(work, *args), handled={})

    patch(UnitOfWork, look_up=look_up_nothing_handled)
    find = Inbox.find
    patch(Inbox, find=lambda *_: {})
    inbox_upsert = inbox.inbox_upsert

    def only_what_is_new(tx: Transaction, consumer: str, handled: Sequence[InboxEntry]) -> Part:
        existing = find(Inbox(tx), consumer, [entry.key for entry in handled])
        return inbox_upsert(tx, consumer, [entry for entry in handled if entry.key not in existing])

    patch(inbox, inbox_upsert=only_what_is_new)


def early_ack() -> None:
    """Acknowledge deliveries when they are received."""
    take = RabbitSubscription.receive

    def take_and_ack(subscription: RabbitSubscription, *args: Any) -> Sequence[Delivery]:
        taken = take(subscription, *args)
        if taken:
            subscription.ack(taken)
            _await_acks(subscription)
        return taken

    patch(RabbitSubscription, receive=take_and_ack)


def _await_acks(subscription: RabbitSubscription) -> None:
    """Wait until the broker has the acks: it answers a later request on the same channel after them."""
    answered = threading.Event()

    def ask() -> None:
        assert subscription._unacked is not None
        channel = subscription._unacked.channel
        channel.queue_declare(subscription._queue, passive=True, callback=lambda _: answered.set())

    subscription._connection.call_threadsafe(ask)
    answered.wait()


def no_confirms() -> None:
    """Count messages as confirmed when they are published."""
    patch(RabbitConfirmation, wait=lambda *_: None, done=True, add_done_callback=lambda *_: None)


def no_look() -> None:
    """Create orders without a look-up, in a Commerce that does not detect duplicates."""
    answer = shop.reply

    def blindly(there: shop.Shop, request: Any) -> Any:
        if isinstance(request, CreateOrder):
            there.orders.pop(request.key, None)
        result = answer(there, request)
        if isinstance(result, OrderLookup):
            return OrderLookup(None, result.products, result.by_asin)
        return result

    patch(commerce, reply=blindly)


def death_headers_kept() -> None:
    """Keep the x-death header of a republished message."""
    own = amqp.crossdock_headers

    def with_deaths(headers: Mapping[str, Any]) -> dict[str, Any]:
        return own(headers) | {name: value for name, value in headers.items() if name == "x-death"}

    patch(amqp, crossdock_headers=with_deaths)


def process_time() -> None:
    """Use the process's clock instead of the database's."""
    patch(ledger, _clock_of=lambda _: ledger.utc_now)


MUTATIONS: dict[str, Callable[[], None]] = {
    "no_inbox": no_inbox,
    "early_ack": early_ack,
    "no_confirms": no_confirms,
    "no_look": no_look,
    "death_headers_kept": death_headers_kept,
    "process_time": process_time,
}
