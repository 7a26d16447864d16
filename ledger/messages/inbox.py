"""The inbox: the messages that each consumer has handled, and the follow-ups it published because of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func

from ledger.errors import HandledMeanwhileError
from ledger.messages.codec import dump_follow_ups, load_follow_ups
from ledger.sql.rows import Part, fetch_by_keys, rows_of, write_rows
from ledger.sql.statements import KeySelect, Upsert
from ledger.tables.messages import inbox
from ledger.tables.metadata import equals_literal
from ledger.transaction import Transaction
from schemas.history import InboxEntry, InboxState
from schemas.message import Message

_REOPENED = (InboxState.FAILED.value, InboxState.DEFERRED.value)
"""States in which a delivery with a higher epoch is handled once more."""

MAX_EPOCH = 2**31 - 1
"""The greatest epoch that the database stores; earlier versions believed any value of a publisher."""

_FIND = KeySelect(inbox, ("consumer", "key"), ("key", "epoch", "state", "follow_ups", "digest"))
_MARK = Upsert(
    inbox,
    keys=("consumer", "key"),
    change=lambda new: {
        **{name: new[name] for name in ("epoch", "state", "follow_ups", "handled_at")},
        "digest": func.coalesce(new.digest, inbox.c.digest),
    },
    only_if=lambda new: equals_literal(inbox.c.state, *_REOPENED) & (inbox.c.epoch < new.epoch),
    returning=("key",),
)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Messages that consumers have handled, in one transaction."""

    tx: Transaction

    def find(self, consumer: str, keys: Sequence[bytes]) -> dict[bytes, InboxEntry]:
        """Return the entries of those of these messages that the consumer has handled."""
        rows = fetch_by_keys(self.tx.connection, _FIND, [(consumer, key) for key in sorted(set(keys))])
        return {row.key: inbox_entry(row) for row in rows}

    def mark(self, consumer: str, handled: Sequence[InboxEntry]) -> None:
        """Record handled messages, each once.

        Raises HandledMeanwhileError when one of them is recorded already, unless it failed or was deferred in an
        earlier epoch.
        """
        upsert, columns = inbox_upsert(self.tx, consumer, handled)
        refused = len(handled) - len(write_rows(self.tx.connection, upsert, rows_of(columns)))
        if refused:
            raise HandledMeanwhileError(
                f"{refused} of {len(handled)} messages were handled by another {consumer} meanwhile."
            )

    def next_epochs(self, messages: Sequence[tuple[str, Message]]) -> list[int]:
        """Return the epochs with which consumers accept these messages again, with one query a consumer."""
        keys: dict[str, list[bytes]] = defaultdict(list)
        for consumer, message in messages:
            if message.key:
                keys[consumer].append(message.key)
        entries = {consumer: self.find(consumer, consumer_keys) for consumer, consumer_keys in keys.items()}
        return [
            next_epoch(message.epoch, entries[consumer].get(message.key) if message.key else None)
            for consumer, message in messages
        ]


def next_epoch(epoch: int, entry: InboxEntry | None = None) -> int:
    """Return the epoch that redelivers a message of *epoch* once more, after its inbox row if there is one."""
    return min(max(epoch, entry.epoch if entry else 0) + 1, MAX_EPOCH)


def inbox_upsert(tx: Transaction, consumer: str, handled: Sequence[InboxEntry]) -> Part:
    """Return the statement and the columns that record handled messages."""
    ordered = sorted(handled, key=lambda entry: entry.key)
    return _MARK, {
        "consumer": [consumer] * len(ordered),
        "key": [entry.key for entry in ordered],
        "epoch": [entry.epoch for entry in ordered],
        "state": [entry.state for entry in ordered],
        "follow_ups": [dump_follow_ups(entry.follow_ups) for entry in ordered],
        "handled_at": [tx.now] * len(ordered),
        "digest": [entry.digest for entry in ordered],
    }


def inbox_entry(row: Row[Any]) -> InboxEntry:
    """Return the entry of a row."""
    return InboxEntry(row.key, row.epoch, InboxState(row.state), load_follow_ups(row.follow_ups), row.digest)
