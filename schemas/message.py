"""An event in transit: sealed, not read yet, perhaps not readable."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

Headers = Mapping[str, str | int]

_NONE: Headers = MappingProxyType({})


class Message(NamedTuple):
    """What a bus carries and the outbox stores.

    `id` and `name` repeat the body's for whoever does not open it; `name` is the routing key. `to` names one
    consumer's queue when the message is not for everybody (a retry, a replay). `headers` holds our own bookkeeping
    only: `epoch`, `attempt`, `replay`. `key` is the 16 bytes of the event's identity, where known.

    A named tuple, like all that is made anew for each event: a frozen dataclass takes three times as long to make.
    """

    id: str
    name: str
    body: bytes
    order_id: str | None = None
    to: str | None = None
    headers: Headers = _NONE
    key: bytes | None = None

    @property
    def epoch(self) -> int:
        """How often this message was let through again on purpose; 0 for a first delivery."""
        return _whole(self.headers.get("epoch"))

    @property
    def attempt(self) -> int:
        """How often this message was put off after a passing failure; 0 at first."""
        return _whole(self.headers.get("attempt"))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
