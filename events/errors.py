"""Errors of publishing, receiving and reading events.

CrossdockError
├── RetryableError
│   └── BrokerUnavailableError     the broker cannot be reached, is blocked, or did not confirm
│       ├── MessagesRefusedError   the broker refuses some messages, for a queue that is full; the others it has
│       ├── PublicationForbiddenError  the account may not publish some message; the others are to be published again
│       └── UnconfirmedError       the broker did not confirm in time, probably blocked by an alarm
└── PermanentError
    ├── UnreadableMessageError     the body is not a CloudEvent
    ├── InvalidEventError          an event of an unknown type or version, or with wrong data
    ├── UnpublishableMessageError  AMQP cannot carry its name or its size
    ├── UnroutableError            a message is addressed to a consumer that has no queue
    └── TopologyError              exchanges or queues are missing or have other arguments
"""

from collections.abc import Sequence

from schemas.errors import PermanentError, RetryableError


class BrokerUnavailableError(RetryableError):
    """The broker cannot be reached, is blocked, or did not confirm in time."""


class MessagesRefusedError(BrokerUnavailableError):
    """The broker refused some messages of a publication, most likely because a queue that takes them is full.

    `positions` are theirs in the publication; the broker has the others.
    """

    def __init__(self, message: str, positions: Sequence[int]) -> None:
        """Keep the reason, a sentence, and the positions of the messages."""
        super().__init__(message)
        self.positions = tuple(sorted(positions))


class PublicationForbiddenError(BrokerUnavailableError):
    """The account may not publish one of the messages: the broker has closed the channel, and may have the others."""


class UnconfirmedError(BrokerUnavailableError):
    """The broker did not confirm in time; a memory or disk alarm blocks publications, not acknowledgements."""


class UnreadableMessageError(PermanentError):
    """The body is not a CloudEvent: not JSON, not UTF-8, too big, or without the required attributes."""


class InvalidEventError(PermanentError):
    """An event of an unknown type or version, or whose data does not fit the schema of its type.

    `key`, `name`, `order` and `source` are the event's, as far as they could be read.
    """

    def __init__(
        self, message: str, key: bytes, name: str, order: tuple[str, str] | None = None, source: str | None = None
    ) -> None:
        """Keep the reason, a sentence, and the identity of the event."""
        super().__init__(message)
        self.source = source
        self.key = key
        self.name = name
        self.order = order


class UnpublishableMessageError(PermanentError):
    """AMQP cannot carry the message: its name or its body is too long."""


class UnroutableError(PermanentError):
    """A message is addressed to a consumer that has no queue."""


class TopologyError(PermanentError):
    """Exchanges or queues are missing, or exist with other arguments."""
