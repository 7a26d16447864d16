"""The shape of a handler: two pure functions, `ask` and `decide`, with their parameters and results."""

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
    """The ledger's records of an event's order at the time of the decision.

    `order` is None before the order is recorded. `personal` is the vault's data, None when there is none or the
    handler does not read it. `matches` maps seller SKUs of the order's lines to the SKUs of the products that an
    operator matched to them.
    """

    store: Store
    order: Order | None = None
    personal: PersonalData | None = None
    matches: Mapping[str, str] = _NONE


class Decision(NamedTuple):
    """The effects of an event: what is written to the ledger and published.

    `order` is the order to be written, None to leave it as it is. `note` is the entry in the order's history.
    `personal` is written to the vault. `follow_ups` are published once the decision is committed. `wake_keys` are
    `product:SKU` or `product:ASIN`, `listing:STORE/SELLER-SKU` and `order:AMAZON-ORDER-ID`: blocked orders that wait
    for one of them are requested to be imported again. `defer` stores the event until its order is recorded.
    `rejection` makes the event a dead letter with this reason. `suppress_reminder` keeps the resender from
    requesting again what is outstanding for the order.
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
    """Decides an event, given the answers to the requests of its AskFunction. Pure."""

    def __call__(self, context: OrderContext, event: Any, answers: tuple[Answer, ...], /) -> Decision:
        """Return the effects of the event."""


class AskFunction(Protocol):
    """Chooses the next request to Amazon or Commerce, given the answers so far. Pure."""

    def __call__(self, context: OrderContext, event: Any, answers: tuple[Answer, ...], /) -> Request | None:
        """Return the next request, or None when no further one is needed."""


@dataclass(frozen=True, slots=True)
class Handler:
    """The functions that handle one event. `reads_personal`: they need the personal data in the vault."""

    decide: DecideFunction
    ask: AskFunction | None = None
    reads_personal: bool = False
