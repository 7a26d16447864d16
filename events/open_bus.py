"""Opens the Bus of a broker URL."""

from importlib import import_module

from events.accounts import PREFIX, own_accounts
from events.bus import Bus
from schemas.errors import SettingsError


def open_bus(url: str, name: str, account_prefix: str = PREFIX, *, allow_unencrypted: bool = False) -> Bus:
    """Return a Bus; operators see *name* on the broker.

    Raises SettingsError when the URL is wrong, or names another machine without TLS, unless *allow_unencrypted*.

    Bookkeeping headers are believed from the URL's account, and those of Crossdock's that have this prefix.

    Imports the transport of the URL alone: both clients together cost 0.1 s.
    """
    match url.partition("://")[:2]:
        case "memory", "://":
            memory: Bus = import_module("events.memory.bus").MemoryBus(url)
            return memory
        case "amqp" | "amqps", "://":
            rabbitmq: Bus = import_module("events.rabbitmq.bus").RabbitMqBus(
                url, name, own_accounts(account_prefix), allow_unencrypted=allow_unencrypted
            )
            return rabbitmq
    raise SettingsError("CROSSDOCK_BROKER_URL is wrong: it begins with memory://, amqp:// or amqps://.")
