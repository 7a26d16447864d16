"""Publishing by the outbox, from which the relay publishes: its messages outlive every process and broker."""

from collections.abc import Sequence

from ledger.ledger import Ledger
from schemas.message import Message


def put_in_outbox(ledger: Ledger, messages: Sequence[Message]) -> None:
    """Put messages into the outbox. Raises LedgerUnavailableError."""
    # The outbox identifies messages by id, which two sources may share; their keys differ.
    by_key = [message._replace(id=message.key.hex()) if message.key else message for message in messages]
    with ledger.begin() as work:
        work.outbox.put(by_key)
