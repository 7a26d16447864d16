"""Gathering a history: everything the ledger, the broker and the simulated outside know in the end."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from events.registry import CONSUMERS
from events.topology import TOPOLOGY, UNROUTED, dead_letter_queue
from faults.environment import Place
from faults.history import Books, Quiet, Replayed, Row
from faults.plan import TAKERS, digest_of
from gateways.simulator.commerce import NUMBERS, SEQUENCE
from gateways.simulator.gateways import SimulatedGateways
from ledger.dead_letters.letters import context
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from ledger.messages.codec import load_follow_ups
from ledger.messages.delivery_audit import DeliveryKey
from schemas.order import Order, OrderKey

QUEUES = tuple(queue.name for queue in TOPOLOGY.queues)
NETS = (UNROUTED, *(dead_letter_queue(consumer) for consumer in CONSUMERS))


def rows_of(place: Place) -> dict[DeliveryKey, Row]:
    """Return the inbox."""
    rows = place.sql("select consumer, key, state, handled_at, epoch from inbox")
    return {(consumer, bytes(key)): Row(state, at, epoch) for consumer, key, state, at, epoch in rows}


def said_of(place: Place) -> dict[DeliveryKey, datetime]:
    """Return what was said to consumers of ours, by deliveries and through the outbox, with the instant."""
    said: dict[DeliveryKey, datetime] = {}
    for follow_ups, at in place.sql("select follow_ups, handled_at from inbox where follow_ups is not null"):
        for message in load_follow_ups(follow_ups):
            if message.key and message.name in TAKERS:
                said[TAKERS[message.name], message.key] = at
    for to, name, key, at in place.sql("select to_consumer, name, key, coalesce(sent_at, created_at) from outbox"):
        if key and (to or name in TAKERS):
            said[to or TAKERS[name], bytes(key)] = at
    return said


def letters_of(place: Place) -> tuple[frozenset[bytes], frozenset[DeliveryKey]]:
    """Return the dead letters: digests of their bodies, and whose messages they are."""
    cipher = Cipher.of([place.key])
    digests, heard = set(), set()
    for letter, consumer, key, body in place.sql("select id, consumer, message_key, body from dead_letters"):
        if body is not None:
            digests.add(digest_of(cipher.decrypt(bytes(body), context(letter))))
        if key is not None:
            heard.add((consumer, bytes(key)))
    return frozenset(digests), frozenset(heard)


def letter_identities_of(place: Place) -> frozenset[str]:
    """Return the identities of the dead letters."""
    return frozenset(identity for (identity,) in place.sql("select identity from dead_letters"))


def waiting_of(place: Place) -> frozenset[DeliveryKey]:
    """Return the events that wait for their order."""
    rows = place.sql("select consumer, key from early_events where state = 'deferred'")
    return frozenset((consumer, bytes(key)) for consumer, key in rows)


def nets_of(place: Place) -> frozenset[bytes]:
    """Return digests of what lies in the broker's safety nets, and leave it there."""
    connection = place.connect()
    found, last = set(), 0
    channel = connection.channel()
    for queue in NETS:
        while (got := channel.basic_get(queue))[0] is not None:
            last = got[0].delivery_tag
            found.add(digest_of(got[2]))
    if last:  # given back at once, to be there for whoever looks next
        channel.basic_nack(last, multiple=True, requeue=True)
    connection.close()
    return frozenset(found)


def depths_of(place: Place) -> dict[str, int]:
    """Return how many messages are ready in each queue, as of now."""
    connection = place.connect()
    try:
        channel = connection.channel()
        return {queue: channel.queue_declare(queue, passive=True).method.message_count for queue in QUEUES}
    finally:
        connection.close()


def applied_of(place: Place) -> Counter[tuple[OrderKey, str]]:
    """Return how often each event was applied to an order; waiting for the order is not applying."""
    statement = (
        "select store_id, amazon_order_id, event, event_id, count(*) from order_history"
        " where note not like 'Waits for %' group by 1, 2, 3, 4"
    )
    rows = place.sql(statement)
    return Counter({((store, order), f"{event} {event_id}"): count for store, order, event, event_id, count in rows})


def ignored_of(place: Place) -> int:
    """Return how many events changed nothing."""
    ((count,),) = place.sql("select count(*) from order_history where note like '%changed nothing%'")
    return int(count)


def orders_of(place: Place) -> list[Order]:
    """Return all orders."""
    return [Order.model_validate_json(document) for (document,) in place.sql("select document from orders")]


def books_of(ledger: Ledger, placed: Collection[OrderKey], counted: Iterable[str]) -> Books:
    """Return the outside's books. *counted* are the stores whose orders bear Commerce's own numbers."""
    outside = SimulatedGateways(ledger.documents)
    shop = outside.commerce.orders()
    with ledger.documents.begin() as book:
        numbers = book.get_many(SEQUENCE, [NUMBERS], lock=False).get(NUMBERS, {}).get("last", 0)
    surplus = sum(
        max(0, told - order.quantities.get(item, told))
        for order in outside.amazon.orders()
        for item, told in order.confirmed.items()
    )
    return Books(
        numbers=int(numbers),
        numbered=sum(1 for order in shop if order.number and order.store_id in set(counted)),
        surplus_pieces=surplus,
        drift=outside.commerce.reservation_drift(),
        unknown=frozenset(order.key for order in shop) - frozenset(placed),
    )


def shop_keys(ledger: Ledger) -> list[OrderKey]:
    """Return the Amazon orders that Commerce knows of."""
    return [order.key for order in SimulatedGateways(ledger.documents).commerce.orders()]


def replays_of(place: Place) -> tuple[Replayed, ...]:
    """Return the replays there were."""
    ended: dict[str, Counter[str]] = defaultdict(Counter)
    held: Counter[str] = Counter()
    for replay, state, letters in place.sql("select replay_id, state, count(*) from replay_items group by 1, 2"):
        held[replay] += letters
        if state not in ("claimed", "sent"):
            ended[replay][state] += letters
    states = place.sql("select id, state from replays")
    return tuple(Replayed(replay, state, held[replay], ended[replay]) for replay, state in states)


def still_replayed(place: Place) -> int:
    """Return how many letters belong to a replay that has not told of them."""
    ((letters,),) = place.sql("select count(*) from dead_letters where state = 'replaying'")
    return int(letters)


def quiet_of(place: Place) -> Quiet:
    """Return what has not come to rest. Poison that nobody takes lies in its net for good."""
    ((unsent, claimed),) = place.sql("select count(*), count(claimed_until) from outbox where sent_at is null")
    queues: Mapping[str, Any] = place.queues()
    return Quiet(
        unsent=unsent,
        claimed=claimed,
        queued={queue: depth for queue, depth in depths_of(place).items() if depth and queue not in NETS},
        unacknowledged=sum(queues[queue].get("messages_unacknowledged", 0) for queue in CONSUMERS),
        unconsumed=tuple(queue for queue in CONSUMERS if not queues[queue].get("consumers")),
    )
