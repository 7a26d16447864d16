"""A publisher: an account on RabbitMQ, bound to the stores and events that it may speak for."""

from schemas.fields import Name
from schemas.value import Value


class Publisher(Value):
    """An account of an upstream system. Empty `stores` or `events` are all of them.

    Once any publisher is bound, an event of an account that is not, or that no account is named for, is a dead letter.
    """

    account: Name
    stores: tuple[Name, ...] = ()
    events: tuple[Name, ...] = ()
