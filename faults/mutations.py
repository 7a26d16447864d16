"""The guarantees, taken away one at a time. A checker that stays green with one of these is worth nothing."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from events import amqp
from events.bus import Delivery
from events.rabbitmq.confirms import RabbitConfirmation
from events.rabbitmq.subscription import RabbitSubscription
from faults.patches import put
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
"""Variable: the safety that a process has to do without."""


def no_inbox() -> None:
    """Forget what was handled."""
    look_up = UnitOfWork.look_up

    def look_up_nothing_handled(work: UnitOfWork, *args: Any) -> BatchLookup:
        return replace(look_up(work, *args), handled={})

    put(UnitOfWork, look_up=look_up_nothing_handled)
    find = Inbox.find
    put(Inbox, find=lambda *_: {})
    part = inbox.part

    def only_what_is_new(tx: Transaction, consumer: str, handled: Sequence[InboxEntry]) -> Part:
        known = find(Inbox(tx), consumer, [one.key for one in handled])
        return part(tx, consumer, [one for one in handled if one.key not in known])

    put(inbox, part=only_what_is_new)


def early_ack() -> None:
    """Acknowledge what has just come."""
    take = RabbitSubscription.receive

    def take_and_ack(subscription: RabbitSubscription, *args: Any) -> Sequence[Delivery]:
        taken = take(subscription, *args)
        if taken:
            subscription.ack(taken)
            _await_acks(subscription)
        return taken

    put(RabbitSubscription, receive=take_and_ack)


def _await_acks(subscription: RabbitSubscription) -> None:
    """Wait until the broker has them: what it answers on the same channel comes after them."""
    answered = threading.Event()

    def ask() -> None:
        assert subscription._unacked is not None
        channel = subscription._unacked.channel
        channel.queue_declare(subscription._queue, passive=True, callback=lambda _: answered.set())

    subscription._connection.call_threadsafe(ask)
    answered.wait()


def no_confirms() -> None:
    """Take for sent what was handed over."""
    put(RabbitConfirmation, wait=lambda *_: None, done=True, add_done_callback=lambda *_: None)


def no_look() -> None:
    """Create without looking, at a Commerce that does not look either."""
    answer = shop.answer

    def blindly(there: shop.Shop, request: Any) -> Any:
        if isinstance(request, CreateOrder):
            there.orders.pop(request.key, None)
        found = answer(there, request)
        if isinstance(found, OrderLookup):
            return OrderLookup(None, found.products, found.by_asin)
        return found

    put(commerce, answer=blindly)


def death_headers_kept() -> None:
    """Send a message's history of deaths again with it."""
    own = amqp.crossdock_headers

    def with_deaths(headers: Mapping[str, Any]) -> dict[str, Any]:
        return own(headers) | {name: value for name, value in headers.items() if name == "x-death"}

    put(amqp, crossdock_headers=with_deaths)


def process_time() -> None:
    """Go by the clock of the process."""
    put(ledger, _clock_of=lambda _: ledger.utc_now)


MUTATIONS: dict[str, Callable[[], None]] = {
    "no_inbox": no_inbox,
    "early_ack": early_ack,
    "no_confirms": no_confirms,
    "no_look": no_look,
    "death_headers_kept": death_headers_kept,
    "process_time": process_time,
}
