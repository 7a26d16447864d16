"""Bounds of the headers `epoch` and `attempt`: beyond them a publisher made them up, and they are not believed.

An epoch is compared with the one in the inbox: a bound that is the same for all messages could itself be reached, and
no redelivery would be accepted above it.
"""

from schemas.message import Message

MAX_EPOCH_STEP = 1_000
"""The lead that an epoch may have over the inbox: each replay of a message that never reaches its consumer adds 1."""

MAX_ATTEMPTS = 100_000
"""Retries become hourly at last, so these are eleven years."""


def header_fault(message: Message, known_epoch: int) -> str | None:
    """Return why a message's headers are not believed, None if they are; *known_epoch* is its epoch in the inbox."""
    if not message.headers:
        return None
    for name, limit in (("epoch", known_epoch + MAX_EPOCH_STEP), ("attempt", MAX_ATTEMPTS)):
        value = message.headers.get(name, 0)
        if not isinstance(value, int) or not 0 <= value <= limit:
            return (
                f"Its header {name} is no number from 0 to {limit:,}, so Crossdock did not write it. The headers were"
                " removed; replay the event if its data is right."
            )
    return None


def without_counters(message: Message) -> Message:
    """Return the message as in its first delivery: without `epoch` and `attempt`."""
    kept = {name: value for name, value in message.headers.items() if name not in ("epoch", "attempt")}
    return message._replace(headers=kept)
