"""Accounts on RabbitMQ and their permissions, derived from the registry of events: least privilege, as data."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache

from events.registry import ANNOUNCEMENTS, COMMERCE, CONSUMERS, INTAKE, PUBLISHERS, RELAY, UPSTREAM_SYSTEM
from events.topology import EVENTS, INTERNAL, TOPOLOGY, UNROUTED, exchange_of

PREFIX = "crossdock-"
"""The prefix of the accounts' names. Accounts are those of the whole broker: two installations need two prefixes."""

NOTHING = "^$"

DEFAULT_EXCHANGE = "amq.default"
"""The name in permissions of the exchange without a name, by which a message goes to one queue."""

WORK, UP, SCHEDULER, TOPOLOGY_ROLE, READER = "work", "up", "scheduler", "topology", "reader"
"""Roles beside consumers, relay and publishers: several consumers in one process, all parts in one, and so on."""

_OWN_PUBLISHERS = (*CONSUMERS, RELAY, INTAKE, WORK, UP)
"""Roles that publish for Crossdock."""


@dataclass(frozen=True, slots=True)
class TopicPermission:
    """The routing keys that an account may publish to a topic exchange, and bind queues of its own with."""

    exchange: str
    write: str = NOTHING
    read: str = NOTHING


@dataclass(frozen=True, slots=True)
class Account:
    """An account: regular expressions of the names that it may declare, publish to, and consume or bind.

    `role` is the consumer or publisher that uses it, `name` that on the broker.
    """

    role: str
    purpose: str
    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    topics: tuple[TopicPermission, ...] = ()
    tags: tuple[str, ...] = ()
    name: str = ""


@cache
def own_accounts(prefix: str) -> frozenset[str]:
    """Return the names of the accounts that publish for Crossdock."""
    return frozenset(prefix + role for role in _OWN_PUBLISHERS)


def accounts(prefix: str, publishers: Iterable[str] = ()) -> tuple[Account, ...]:
    """Return all accounts. *publishers* are further upstream systems, each with an account of its own, named so."""
    own = (
        *(_consumers(consumer, f"crossdock work {consumer}", [consumer]) for consumer in CONSUMERS),
        Account(RELAY, "crossdock relay", write=_RELAY_WRITES, read=_RELAY_READS, topics=_topics(PUBLISHERS)),
        Account(SCHEDULER, "crossdock scheduler", topics=_topics(())),
        Account(INTAKE, "crossdock intake", write=_names([EVENTS]), topics=_topics(_events_of(INTAKE))),
        _consumers(WORK, "crossdock work with several consumers", CONSUMERS),
        _everything(),
        _topology(),
        Account(READER, "crossdock doctor, monitoring", topics=_topics(()), tags=("monitoring",)),
        _publisher(UPSTREAM_SYSTEM, "systems that report orders"),
        _commerce(),
    )
    further = (replace(_publisher(name, f"as {UPSTREAM_SYSTEM}"), name=name) for name in publishers)
    return (*(replace(account, name=prefix + account.role) for account in own), *further)


def _consumers(role: str, purpose: str, consumers: Collection[str]) -> Account:
    published = [event for event, publishers in PUBLISHERS.items() if set(consumers) & set(publishers)]
    exchanges = sorted({exchange_of(event) for event in published})
    return Account(role, purpose, write=_names(exchanges), read=_names(consumers), topics=_topics(published))


def _everything() -> Account:
    reads = "|".join(_escape(consumer) for consumer in CONSUMERS)
    return Account(
        UP,
        "crossdock up",
        write=_RELAY_WRITES,
        read=f"^({reads}|.*\\.dead|{_escape(UNROUTED)})$",
        topics=_topics(PUBLISHERS),
    )


def _topology() -> Account:
    """Binding needs write on the target and read on the source; a dead-letter exchange the same of its queue."""
    objects = _names([*(queue.name for queue in TOPOLOGY.queues), *(exchange.name for exchange in TOPOLOGY.exchanges)])
    return Account(TOPOLOGY_ROLE, "crossdock topology apply", configure=objects, write=objects, read=objects)


def _publisher(role: str, purpose: str) -> Account:
    return Account(role, purpose, write=_names([EVENTS]), topics=_topics(_events_of(UPSTREAM_SYSTEM)))


def _commerce() -> Account:
    """The Commerce side, which has queues of its own for announcements."""
    own = f"{_escape(COMMERCE)}\\..*"
    both = f"^({_escape(EVENTS)}|{own})$"
    return Account(
        COMMERCE,
        "the Commerce side: publishes parcels and catalog changes, listens for announcements on queues commerce.*",
        configure=f"^{own}$",
        write=both,
        read=both,
        topics=_topics(_events_of(COMMERCE), ANNOUNCEMENTS),
    )


def _events_of(party: str) -> list[str]:
    return [event for event, publishers in PUBLISHERS.items() if party in publishers]


def _topics(write: Iterable[str], read: Iterable[str] = ()) -> tuple[TopicPermission, ...]:
    """Return the permissions on both exchanges, also where they are none: without one RabbitMQ allows every key."""
    written, bound = list(write), list(read)
    return tuple(
        TopicPermission(exchange, _names(_on(exchange, written)), _names(_on(exchange, bound)))
        for exchange in (EVENTS, INTERNAL)
    )


def _on(exchange: str, events: Iterable[str]) -> list[str]:
    return [event for event in events if exchange_of(event) == exchange]


def _names(names: Collection[str]) -> str:
    """Return the regular expression of exactly these names."""
    escaped = [_escape(name) for name in names]
    if not escaped:
        return NOTHING
    return f"^{escaped[0]}$" if len(escaped) == 1 else f"^({'|'.join(escaped)})$"


def _escape(name: str) -> str:
    return name.replace(".", "\\.")


_RELAY_WRITES = _names([EVENTS, INTERNAL, DEFAULT_EXCHANGE])
_RELAY_READS = f"^(.*\\.dead|{_escape(UNROUTED)})$"
