"""Rights to publish: events that only Crossdock publishes, and publishers that are bound to stores and events.

The broker enforces it where each party has an account of its own (`events.accounts`); this holds where a message comes
on a way that the broker does not see, such as the replay of one that was unrouted.
"""

from collections.abc import Mapping
from time import monotonic

from events.envelope import SOURCE, Event
from events.errors import InvalidEventError
from events.registry import REQUESTS
from ledger.unit_of_work import UnitOfWork
from schemas.message import UNKNOWN
from schemas.publisher import Publisher

REFRESH_SECONDS = 10.0
"""Seconds after which a process sees that a publisher was bound: a batch costs no statement for it."""

BoundPublishers = Mapping[str, Publisher]
"""The publishers that are bound, by account; none: every event is taken."""

NOBODY: BoundPublishers = {}


class ForgedEventError(InvalidEventError):
    """An event that only Crossdock publishes, from somebody else. Its identity may be that of an event of ours."""


def forgery(event: Event) -> str | None:
    """Return how an event is forged, as the first part of a sentence; None for one that its publisher may publish."""
    publisher = event.message.publisher
    if publisher is None:
        return None
    account = "an account that it does not name" if publisher == UNKNOWN else f"the account {publisher}"
    if event.name in REQUESTS:
        return f"Only Crossdock publishes {event.name}, and this event came from {account}"
    if event.claims_to_be_ours:
        return f"Only Crossdock publishes events of the source {event.source}, and this one came from {account}"
    return None


def origin(event: Event) -> tuple[str | None, str | None]:
    """Return the account that published an event, and its source, each where it is known and not Crossdock's."""
    publisher = event.message.publisher
    return None if publisher == UNKNOWN else publisher, foreign_source(event.source)


def foreign_source(source: str) -> str | None:
    """Return an event's source where it is not Crossdock."""
    return None if source == SOURCE else source


class PublisherList:
    """The publishers that are bound, as a process knows them."""

    def __init__(self) -> None:
        """Start without publishers; they are read when first asked for."""
        self._bound: BoundPublishers = {}
        self._read_at = -REFRESH_SECONDS

    def current(self, work: UnitOfWork) -> BoundPublishers:
        """Return the publishers, read again when they were read more than 10 seconds ago."""
        if monotonic() - self._read_at > REFRESH_SECONDS:
            self._bound = {publisher.account: publisher for publisher in work.publishers.all()}
            self._read_at = monotonic()
        return self._bound


def out_of_bounds(event: Event, bound: BoundPublishers) -> str | None:
    """Return why an event's publisher may not publish it, None if it may."""
    account = event.message.publisher
    if not bound or account is None:
        return None
    if account == UNKNOWN:
        return (
            "It does not say which account published it, and publishers are bound here. Have it published again with"
            " the property user_id."
        )
    publisher = bound.get(account)
    if publisher is None:
        return f"The account {account} is not among the publishers; `crossdock publishers set` adds it."
    if publisher.events and event.name not in publisher.events:
        return f"The account {account} may publish {_listed(publisher.events)}, not {event.name}."
    if publisher.stores and event.order and event.order[0] not in publisher.stores:
        return f"The account {account} speaks for {_listed(publisher.stores)}, not for the store {event.order[0]}."
    return None


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
