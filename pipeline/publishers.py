"""Who may publish what: events that only Crossdock publishes.

The broker enforces it where each party has an account of its own (`events.accounts`); this holds where a message comes
on a way that the broker does not see, such as the replay of one that was unrouted.
"""

from events.envelope import Event
from events.errors import InvalidEventError
from events.registry import REQUESTS
from schemas.message import UNKNOWN


class ForgedEventError(InvalidEventError):
    """An event that only Crossdock publishes, from somebody else. Its identity may be that of an event of ours."""


def forgery(event: Event) -> str | None:
    """Return that somebody else published what only Crossdock may, as the first part of a sentence; None if not."""
    publisher = event.message.publisher
    if publisher is None:
        return None
    account = "an account that it does not name" if publisher == UNKNOWN else f"the account {publisher}"
    if event.name in REQUESTS:
        return f"Only Crossdock publishes {event.name}, and this event came from {account}"
    if event.claims_to_be_ours:
        return f"Only Crossdock publishes events of the source {event.source}, and this one came from {account}"
    return None
