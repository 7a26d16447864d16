"""Opens the Bus of a broker URL."""

from events.bus import Bus
from events.memory.bus import MemoryBus
from events.rabbitmq.bus import RabbitMqBus
from schemas.errors import SettingsError


def open_bus(url: str, name: str) -> Bus:
    """Return a Bus; *name* is what operators see on the broker. Raises SettingsError when the URL is wrong."""
    match url.partition("://")[:2]:
        case "memory", "://":
            return MemoryBus(url)
        case "amqp" | "amqps", "://":
            return RabbitMqBus(url, name)
    raise SettingsError("CROSSDOCK_BROKER_URL is wrong: it begins with memory://, amqp:// or amqps://.")
