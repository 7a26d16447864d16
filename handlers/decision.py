"""The shape of a handler: two pure functions, what they are given and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from schemas.gateway_requests import Answer, Request
from schemas.order import Order
from schemas.payloads import Payload
from schemas.personal import PersonalData
from schemas.store import Store

_NONE: Mapping[str, str] = MappingProxyType({})


class OrderContext(NamedTuple):
    """What the ledger knows when an event is decided.

    `order` is None before the order is recorded. `matches` maps seller SKUs of the order's lines to products matched
    by hand; `personal` is there for handlers that read it.
    """

    store: Store
    order: Order | None = None
    personal: PersonalData | None = None
    matches: Mapping[str, str] = _NONE


class Decision(NamedTuple):
    """What is to be written and said about an event.

    `order` is the order as it should be, or None to leave it. `note` goes into the history. `personal` goes into the
    vault. `wakes` are wake-up keys: orders that wait for one of them are asked to be imported again. `early` sets the
    event aside until its order is recorded. `rejected` makes it a dead letter, with this reason. `silent` keeps the
    order from being reminded of what it still lacks.
    """

    order: Order | None = None
    note: str | None = None
    follow_ups: tuple[Payload, ...] = ()
    personal: PersonalData | None = None
    wake_keys: tuple[str, ...] = ()
    defer: bool = False
    rejection: str | None = None
    suppress_reminder: bool = False


class DecideFunction(Protocol):
    """Decide about an event, with the answers to what was asked; nothing is touched."""

    def __call__(self, known: OrderContext, event: Any, answers: tuple[Answer, ...]) -> Decision:
        """Return what is to be written and said."""


class AskFunction(Protocol):
    """Say what to ask outside next, given the answers so far."""

    def __call__(self, known: OrderContext, event: Any, answers: tuple[Answer, ...]) -> Request | None:
        """Return the next request, or None when there is nothing (more) to ask."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How one event is handled. `reads_personal`: `decide` and `ask` need what the vault holds about the order."""

    decide: DecideFunction
    ask: AskFunction | None = None
    reads_personal: bool = False
