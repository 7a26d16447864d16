"""What can go wrong with an event on its way.

CrossdockError
├── RetryableError
│   └── BrokerUnavailableError     the broker is away, blocked, or did not confirm
└── PermanentError
    ├── UnreadableMessageError     the body is no event at all
    ├── UnfitMessageError          it is an event, but of an unknown type or version, or its data is wrong
    ├── UnsendableMessageError     AMQP cannot carry its name or its size
    ├── UnroutableError            no queue takes a message that is meant for one consumer
    └── TopologyError              exchanges or queues are missing or not as they must be
"""

from schemas.errors import PermanentError, RetryableError


class BrokerUnavailableError(RetryableError):
    """The broker is away, blocked, or did not confirm in time."""


class UnreadableMessageError(PermanentError):
    """The body is no event at all: not JSON, not UTF-8, too big, or without the attributes every event has."""


class InvalidEventError(PermanentError):
    """It is an event, but of an unknown type or version, or its data is not what its type demands.

    `key`, `name` and `order` are the event's, as far as they could be read.
    """

    def __init__(self, message: str, key: bytes, name: str, order: tuple[str, str] | None = None) -> None:
        """Say what is wrong, and with which event."""
        super().__init__(message)
        self.key = key
        self.name = name
        self.order = order


class UnpublishableMessageError(PermanentError):
    """AMQP cannot carry the message: its name or its body is too long."""


class UnroutableError(PermanentError):
    """No queue takes a message that is meant for one consumer."""


class TopologyError(PermanentError):
    """Exchanges or queues are missing or not as they must be."""
