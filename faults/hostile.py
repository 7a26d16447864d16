"""A hostile publisher beside the honest ones, with an account that may publish what upstream publishes.

It publishes bodies of 15 MiB, events with forged headers, dates of the year 9999, ids that honest events have, and
requests that only Crossdock may publish: in their own exchange, in the event exchange and under an honest routing key.
Nothing of it may be acted upon, and the heartbeats after it must be handled within the time of any recovery.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any, Protocol

from pika.exceptions import ChannelClosedByBroker

from events.envelope import event_key
from events.registry import REQUESTS
from events.topology import EVENTS, INTERNAL
from faults.accounts import HOSTILE
from faults.environment import Environment
from faults.history import Sent
from faults.plan import CONSUMER_OF, Publication
from faults.publisher import Publisher
from gateways.simulator.world.listings import MAIN
from schemas.payloads import OrderPlaced

MIB = 1024 * 1024
LARGE_BODIES = 6
"""Bodies of 15 MiB in one attack."""

ROUNDS = 20
"""Events of each other kind in one attack."""

FORGED_HEADERS = {"epoch": 2**31 - 1, "attempt": 2**31 - 1, "replay": "forged", "publisher": "crossdock-relay"}
ACCESS_REFUSED = 403


class HasHostile(Protocol):
    """The parts of a trial's context that an attack needs."""

    hostile: "HostilePublisher | None"
    random: Random


class HostilePublisher(Publisher):
    """Publishes with the account of a hostile upstream, and records it like any publication."""

    def __init__(self, environment: Environment, honest: Publisher) -> None:
        """Attack beside the *honest* publisher, whose ids and events it knows."""
        super().__init__(environment)
        self._environment = environment
        self._honest = honest
        self._numbers = count(1)

    def attack(self, random: Random) -> int:
        """Publish everything once; return how many messages the broker took or refused."""
        refused = self._publish_requests()
        published = 0
        for publication in self._publications(random):
            self.publish_until_confirmed(publication)
            published += 1
        return published + refused

    def sent(self) -> tuple[Sent, ...]:
        """Return the publications; nobody publishes them again."""
        return tuple(replace(sent, poison=True) for sent in super().sent())

    def _publications(self, random: Random) -> Iterator[Publication]:
        for _ in range(LARGE_BODIES):
            body = b'{"number": %d, "data": "' % random.getrandbits(64) + b"x" * (15 * MIB) + b'"}'
            yield Publication("commerce.shipped", body, role=HOSTILE)
        for _ in range(ROUNDS):
            yield self._event("order.placed", _from_the_future())
            yield self._event("order.placed", {"store_id": "hostile"}, type=random.choice(REQUESTS))
        for honest in self._handled(random):
            yield Publication(honest.routing_key, honest.body, honest.delivery, headers=FORGED_HEADERS, role=HOSTILE)
            yield self._other_contents(honest)

    def _event(self, routing_key: str, data: dict[str, Any], **changes: Any) -> Publication:
        event_id = f"hostile/{next(self._numbers)}"
        envelope = {"specversion": "1.0", "id": event_id, "source": "/hostile", "type": routing_key, "data": data}
        body = json.dumps(envelope | changes).encode()
        return Publication(routing_key, body, (CONSUMER_OF[routing_key], event_key("/hostile", event_id)), role=HOSTILE)

    def _handled(self, random: Random) -> list[Publication]:
        """Return honest reports that have been handled: a hostile one that comes first would have their ids."""
        rows = self._environment.sql("select consumer, key from inbox where state = 'done'")
        handled = {(consumer, bytes(key)) for consumer, key in rows}
        reports = [
            record.publication
            for record in list(self._honest.records.values())
            if isinstance(record.publication.payload, OrderPlaced) and record.publication.delivery in handled
        ]
        return random.sample(reports, min(ROUNDS, len(reports)))

    def _other_contents(self, honest: Publication) -> Publication:
        """Return an event with the id of an honest one and with another amount."""
        event = json.loads(honest.body)
        event["data"]["order_total"] = {"currency": "USD", "amount": f"{next(self._numbers)}.13"}
        return Publication(honest.routing_key, json.dumps(event).encode(), honest.delivery, role=HOSTILE)

    def _publish_requests(self) -> int:
        """Publish each request to both exchanges, which the broker must refuse; return how often it did."""
        connection = self._environment.connect(HOSTILE)
        refused = 0
        for exchange in (INTERNAL, EVENTS):
            for name in REQUESTS:
                channel = connection.channel()
                channel.confirm_delivery()
                try:
                    channel.basic_publish(exchange, name, b"{}")
                except ChannelClosedByBroker as closed:
                    refused += closed.reply_code == ACCESS_REFUSED
        connection.close()
        assert refused == 2 * len(REQUESTS), "the broker took a forged request"
        return refused


def _from_the_future() -> dict[str, Any]:
    item = {"order_item_id": "1", "seller_sku": "DEMO-MUG", "quantity": 90_000}
    return {
        "store_id": MAIN,
        "amazon_order_id": "999-9999999-9999999",
        "purchase_date": "9999-12-31T00:00:00Z",
        "last_update_date": "9999-12-31T00:00:00Z",
        "marketplace_id": "ATVPDKIKX0DER",
        "fulfillment_channel": "MFN",
        "status": "Canceled",
        "items": [item],
    }


def publish_hostile(context: HasHostile) -> int:
    """Have the hostile publisher attack once."""
    assert context.hostile
    return context.hostile.attack(context.random)
