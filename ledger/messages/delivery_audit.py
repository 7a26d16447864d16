"""The delivery audit: published messages compared with handled ones, over the whole inbox and outbox."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from ledger.messages.codec import load_follow_ups
from ledger.tables.messages import inbox, outbox
from ledger.transaction import Transaction

DeliveryKey = tuple[str, bytes]
"""A message at a consumer, by (consumer, 16-byte key)."""


@dataclass(frozen=True, slots=True)
class DeliveryAudit:
    """Messages published to consumers of ours, and those that each of them handled or dead-lettered."""

    published: frozenset[DeliveryKey]
    handled: frozenset[DeliveryKey]

    @property
    def unhandled(self) -> frozenset[DeliveryKey]:
        """Messages that were published and neither handled nor dead-lettered."""
        return self.published - self.handled


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Published messages compared with handled ones, in one transaction."""

    tx: Transaction

    def audit(self, consumers: Mapping[str, str]) -> DeliveryAudit:
        """Compare all published messages with all handled ones. *consumers* maps each consumer to its event.

        Reads the whole inbox into memory: some 200 bytes a message.
        """
        consumer_of = {event: consumer for consumer, event in consumers.items()}
        published: set[DeliveryKey] = set()
        handled: set[DeliveryKey] = set()
        for row in self.tx.connection.execute(select(inbox.c.consumer, inbox.c.key, inbox.c.follow_ups)):
            handled.add((row.consumer, row.key))
            for message in load_follow_ups(row.follow_ups):
                if message.name in consumer_of and message.key:
                    published.add((consumer_of[message.name], message.key))
        for row in self.tx.connection.execute(select(outbox.c.to_consumer, outbox.c.name, outbox.c.key)):
            consumer = row.to_consumer or consumer_of.get(row.name)
            if consumer and row.key:
                published.add((consumer, row.key))
        return DeliveryAudit(frozenset(published), frozenset(handled))
