"""An event in transit: encoded, not parsed yet, perhaps unparsable."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schemas.order import OrderKey

Headers = Mapping[str, str | int]

NO_HEADERS: Headers = MappingProxyType({})

PUBLISHER = "publisher"
"""The header that names the account that published a message, on redeliveries too, which the relay publishes."""

UNKNOWN = "?"
"""A publisher that does not name its account."""


class Message(NamedTuple):
    """A message as a bus carries and the outbox stores it.

    `id` and `name` repeat the body's, for readers that do not decode it; `name` is the routing key. `to` names one
    consumer's queue when the message is not for all consumers (a retry, a replay). `headers` has our own bookkeeping
    only: `epoch`, `attempt`, `replay`; `publisher`, the account that published it, if it was none of Crossdock's; of a
    body that is not kept in full `size` in bytes and `sha256`. `key` is the 16 bytes of the event's identity, where
    known. `person` is the order whose buyer the body may be about: the ledger stores it under that order's data key,
    destroyed in its time.

    A named tuple, like every type that is created once an event: a frozen dataclass takes three times as long.
    """

    id: str
    name: str
    body: bytes
    order_id: str | None = None
    to: str | None = None
    headers: Headers = NO_HEADERS
    key: bytes | None = None
    person: "OrderKey | None" = None

    @property
    def is_partial(self) -> bool:
        """Whether `body` is only the beginning of the published body, or empty: the rest is not kept."""
        return "size" in self.headers

    @property
    def epoch(self) -> int:
        """The number of redeliveries on purpose; 0 for a first delivery."""
        return _whole(self.headers.get("epoch"))

    @property
    def attempt(self) -> int:
        """The number of deferrals after temporary failures; 0 at first."""
        return _whole(self.headers.get("attempt"))

    @property
    def publisher(self) -> str | None:
        """The account that published the message, validated by the broker, or `UNKNOWN`; None for Crossdock's own."""
        account = self.headers.get(PUBLISHER)
        return account if isinstance(account, str) else None


MAX_COUNT = 2**30
"""Half of what the database stores in a column of counts, so that the next epoch or attempt fits, too."""


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= MAX_COUNT else 0
