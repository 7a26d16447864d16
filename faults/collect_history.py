"""The history of a trial, collected from the ledger, the broker and the simulator."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from events import large_bodies
from events.registry import CONSUMERS
from events.topology import TOPOLOGY, UNROUTED, dead_letter_queue
from faults.environment import Environment
from faults.history import Backlog, Books, ReplayResult, Row
from faults.plan import CONSUMER_OF, body_digest
from gateways.simulator.commerce import NUMBERS, SEQUENCE
from gateways.simulator.gateways import SimulatedGateways
from ledger.ledger import Ledger
from ledger.messages.codec import load_follow_ups
from ledger.messages.delivery_audit import DeliveryKey
from schemas.order import Order, OrderKey

QUEUES = tuple(queue.name for queue in TOPOLOGY.queues)
NETS = (UNROUTED, *(dead_letter_queue(consumer) for consumer in CONSUMERS))


def rows_of(environment: Environment) -> dict[DeliveryKey, Row]:
    """Return the rows of the inbox."""
    rows = environment.sql("select consumer, key, state, handled_at, epoch from inbox")
    return {(consumer, bytes(key)): Row(state, at, epoch) for consumer, key, state, at, epoch in rows}


def follow_ups_of(environment: Environment) -> dict[DeliveryKey, datetime]:
    """Return the follow-ups for our consumers, from the inbox and the outbox, with the instant of their commit."""
    follow_ups: dict[DeliveryKey, datetime] = {}
    for document, at in environment.sql("select follow_ups, handled_at from inbox where follow_ups is not null"):
        for message in load_follow_ups(document):
            if message.key and message.name in CONSUMER_OF:
                follow_ups[CONSUMER_OF[message.name], message.key] = at
    for to, name, key, at in environment.sql(
        "select to_consumer, name, key, coalesce(sent_at, created_at) from outbox"
    ):
        if key and (to or name in CONSUMER_OF):
            follow_ups[to or CONSUMER_OF[name], bytes(key)] = at
    return follow_ups


def letters_of(environment: Environment) -> tuple[frozenset[bytes], frozenset[DeliveryKey]]:
    """Return the dead letters: digests of their bodies, and their inbox keys."""
    ids = [letter_id for (letter_id,) in environment.sql("select id from dead_letters where body is not null")]
    with environment.ledger.read() as work:
        messages, reasons = work.dead_letters.messages(ids)
    assert not reasons, reasons
    rows = environment.sql("select consumer, message_key from dead_letters where message_key is not null")
    delivery = {(consumer, bytes(key)) for consumer, key in rows}
    return frozenset(map(large_bodies.body_digest, messages.values())), frozenset(delivery)


def letter_identities_of(environment: Environment) -> frozenset[str]:
    """Return the identities of the dead letters."""
    return frozenset(identity for (identity,) in environment.sql("select identity from dead_letters"))


def deferred_of(environment: Environment) -> frozenset[DeliveryKey]:
    """Return the deferred events."""
    rows = environment.sql("select consumer, key from early_events where state in ('deferred', 'needs_store')")
    return frozenset((consumer, bytes(key)) for consumer, key in rows)


def nets_of(environment: Environment) -> frozenset[bytes]:
    """Return digests of the bodies in the dead-letter and unrouted queues, and leave them there."""
    connection = environment.connect()
    digests, last = set(), 0
    channel = connection.channel()
    for queue in NETS:
        while (got := channel.basic_get(queue))[0] is not None:
            last = got[0].delivery_tag
            digests.add(body_digest(got[2]))
    if last:  # requeued, for the next look
        channel.basic_nack(last, multiple=True, requeue=True)
    connection.close()
    return frozenset(digests)


def depths_of(environment: Environment) -> dict[str, int]:
    """Return the current number of ready messages by queue."""
    connection = environment.connect()
    try:
        channel = connection.channel()
        return {queue: channel.queue_declare(queue, passive=True).method.message_count for queue in QUEUES}
    finally:
        connection.close()


def applied_of(environment: Environment) -> Counter[tuple[OrderKey, str]]:
    """Return how often each event was applied to an order; to defer or to refuse it is not to apply it."""
    statement = (
        "select store_id, amazon_order_id, event, event_id, count(*) from order_history"
        " where note not like 'Deferred until %' and note not like 'Not canceled. %' group by 1, 2, 3, 4"
    )
    rows = environment.sql(statement)
    return Counter({((store, order), f"{event} {event_id}"): count for store, order, event, event_id, count in rows})


def ignored_of(environment: Environment) -> int:
    """Return the number of events that changed nothing."""
    ((count,),) = environment.sql("select count(*) from order_history where note like '%changed nothing%'")
    return int(count)


def orders_of(environment: Environment) -> list[Order]:
    """Return all orders."""
    return [Order.model_validate_json(document) for (document,) in environment.sql("select document from orders")]


def books_of(ledger: Ledger, placed: Collection[OrderKey], counted: Iterable[str]) -> Books:
    """Return the books of Amazon and Commerce. *counted* are the stores whose orders have Commerce's own numbers."""
    outside = SimulatedGateways(ledger.documents)
    shop = outside.commerce.orders()
    with ledger.documents.begin() as book:
        numbers = book.get_many(SEQUENCE, [NUMBERS], lock=False).get(NUMBERS, {}).get("last", 0)
    surplus = sum(
        max(0, pieces - order.quantities.get(item, pieces))
        for order in outside.amazon.orders()
        for item, pieces in order.confirmed.items()
    )
    return Books(
        numbers=int(numbers),
        numbered=sum(1 for order in shop if order.number and order.store_id in set(counted)),
        surplus_pieces=surplus,
        drift=outside.commerce.reservation_drift(),
        unknown=frozenset(order.key for order in shop) - frozenset(placed),
        shop=frozenset(order.key for order in shop),
    )


def shop_keys(ledger: Ledger) -> list[OrderKey]:
    """Return the keys of Commerce's orders."""
    return [order.key for order in SimulatedGateways(ledger.documents).commerce.orders()]


def replays_of(environment: Environment) -> tuple[ReplayResult, ...]:
    """Return the replays."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    selected: Counter[str] = Counter()
    for replay, state, letters in environment.sql("select replay_id, state, count(*) from replay_items group by 1, 2"):
        selected[replay] += letters
        if state not in ("claimed", "sent"):
            outcomes[replay][state] += letters
    states = environment.sql("select id, state from replays")
    return tuple(ReplayResult(replay, state, selected[replay], outcomes[replay]) for replay, state in states)


def letters_replaying(environment: Environment) -> int:
    """Return the number of letters that a replay has not completed."""
    ((letters,),) = environment.sql("select count(*) from dead_letters where state = 'replaying'")
    return int(letters)


def backlog_of(environment: Environment) -> Backlog:
    """Return the unfinished work. Messages in the dead-letter and unrouted queues are not part of it."""
    ((unsent, claimed),) = environment.sql("select count(*), count(claimed_until) from outbox where sent_at is null")
    queues: Mapping[str, Any] = environment.queues()
    return Backlog(
        unsent=unsent,
        claimed=claimed,
        queued={queue: depth for queue, depth in depths_of(environment).items() if depth and queue not in NETS},
        unacknowledged=sum(queues[queue].get("messages_unacknowledged", 0) for queue in CONSUMERS),
        unconsumed=tuple(queue for queue in CONSUMERS if not queues[queue].get("consumers")),
    )
