"""The audit: what was said against what was handled, over everything the inbox and the outbox remember."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from ledger.messages.codec import load_follow_ups
from ledger.tables.core import inbox, outbox
from ledger.transaction import Transaction

DeliveryKey = tuple[str, bytes]
"""A message at a consumer, by (consumer, 16-byte key)."""


@dataclass(frozen=True, slots=True)
class DeliveryAudit:
    """What was said to consumers of ours, and what each of them handled or set aside."""

    published: frozenset[DeliveryKey]
    handled: frozenset[DeliveryKey]

    @property
    def unhandled(self) -> frozenset[DeliveryKey]:
        """What was said and is nowhere accounted for."""
        return self.published - self.handled


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Published messages compared with handled ones, in one transaction."""

    tx: Transaction

    def audit(self, consumers: Mapping[str, str]) -> DeliveryAudit:
        """Compare everything said with everything handled. *consumers* maps each consumer to the event it takes.

        Reads the whole inbox into memory: some 200 bytes a message.
        """
        takers = {event: consumer for consumer, event in consumers.items()}
        said: set[DeliveryKey] = set()
        handled: set[DeliveryKey] = set()
        for row in self.tx.connection.execute(select(inbox.c.consumer, inbox.c.key, inbox.c.follow_ups)):
            handled.add((row.consumer, row.key))
            said |= {(takers[m.name], m.key) for m in load_follow_ups(row.follow_ups) if m.name in takers and m.key}
        for sent in self.tx.connection.execute(select(outbox.c.to_consumer, outbox.c.name, outbox.c.key)):
            taker = sent.to_consumer or takers.get(sent.name)
            if taker and sent.key:
                said.add((taker, sent.key))
        return DeliveryAudit(frozenset(said), frozenset(handled))
