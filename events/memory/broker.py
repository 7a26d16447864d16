"""An in-process broker: the exchanges, queues and bindings behind `memory://`, as far as the Bus needs them.

Routing is by exact key. There is no delivery limit and no dead-lettering: a requeued message is delivered until a
consumer acknowledges it. Nothing survives the process.
"""

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

from events.amqp import crossdock_headers, short_string
from events.errors import TopologyError
from events.large_bodies import cut
from events.topology import UNROUTED, Binding, Exchange, Queue, Topology, exchange_of
from schemas.message import Message

_shared: dict[str, "MemoryBroker"] = {}
_sharing = threading.Lock()


class StoredMessage(NamedTuple):
    """A message in a queue, how often it was delivered before, and since when it is in the queue (seconds of 1970)."""

    message: Message
    delivery_count: int
    since: float


class MemoryBroker:
    """Exchanges and queues that several MemoryBuses may share. All methods are for any thread."""

    def __init__(self) -> None:
        """Create a broker without exchanges and queues."""
        self.refcount = 0
        self.consumers: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._exchanges: dict[str, Exchange] = {}
        self._queues: dict[str, Queue] = {}
        self._bindings: dict[tuple[str, str], list[str]] = {}
        self._messages: defaultdict[str, deque[StoredMessage]] = defaultdict(deque)
        self._arrivals: dict[str, threading.Condition] = {}

    def declare(self, topology: Topology) -> None:
        """Create exchanges, queues and bindings. Raises TopologyError where one exists with other arguments."""
        with self._lock:
            for exchange in topology.exchanges:
                if self._exchanges.setdefault(exchange.name, exchange) != exchange:
                    raise _differs("exchange", exchange.name)
            for queue in topology.queues:
                if self._queues.setdefault(queue.name, queue) != queue:
                    raise _differs("queue", queue.name)
            for binding in topology.bindings:
                self._bind(binding)

    def problems(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is missing or differs."""
        with self._lock:
            problems = [
                _problem("exchange", exchange, self._exchanges.get(exchange.name)) for exchange in topology.exchanges
            ]
            problems += [_problem("queue", queue, self._queues.get(queue.name)) for queue in topology.queues]
        return [problem for problem in problems if problem]

    def publish(self, messages: Sequence[Message]) -> list[str]:
        """Route messages, in order. Return the queues that messages were addressed to and that do not exist."""
        with self._lock:
            return [message.to for message in messages if not self._route(message) and message.to is not None]

    def put(self, queue: str, message: Message, delivery_count: int) -> bool:
        """Append a message to a queue. Return False when the queue does not exist."""
        with self._lock:
            if queue not in self._queues:
                return False
            self._messages[queue].append(StoredMessage(_as_carried(message), delivery_count, time.time()))
            self.arrival(queue).notify_all()
            return True

    def get(self, queue: str) -> StoredMessage | None:
        """Remove and return the first message of a queue, None when the queue is empty or missing."""
        with self._lock:
            messages = self._messages[queue]
            return messages.popleft() if messages else None

    def message_count(self, queue: str) -> int:
        """Return the messages ready in a queue. Raises TopologyError when the queue is missing."""
        with self._lock:
            if queue not in self._queues:
                raise _missing("queue", queue)
            return len(self._messages[queue])

    def arrival(self, queue: str) -> threading.Condition:
        """Return the condition that is notified of each message in a queue; it locks the whole broker.

        One condition per queue: a common one would wake the consumers of all queues for each message.
        """
        with self._lock:
            return self._arrivals.setdefault(queue, threading.Condition(self._lock))

    def _bind(self, binding: Binding) -> None:
        """Bind a queue. A binding to an exchange, which has no queues here, only keeps an event from being unrouted."""
        targets = self._bindings.setdefault((binding.exchange, binding.key), [])
        if not binding.to_exchange and binding.target not in targets:
            targets.append(binding.target)

    def _route(self, message: Message) -> bool:
        if message.to is not None:
            return self.put(message.to, message, 0)
        for queue in self._bindings.get((exchange_of(message.name), message.name), (UNROUTED,)):
            self.put(queue, message, 0)
        return True


def acquire(name: str) -> MemoryBroker:
    """Return the broker shared under a name, a new private one where the name is empty."""
    with _sharing:
        broker = _shared.setdefault(name, MemoryBroker()) if name else MemoryBroker()
        broker.refcount += 1
        return broker


def release(name: str, broker: MemoryBroker) -> None:
    """Return a broker; with its last user a shared one is forgotten, and its messages with it."""
    with _sharing:
        broker.refcount -= 1
        if broker.refcount == 0:
            _shared.pop(name, None)


def _as_carried(message: Message) -> Message:
    """Return a message as AMQP would deliver it: without properties too long for it, and without foreign headers."""
    carried = Message(
        id=short_string(message.id) or "",
        name=short_string(message.name) or "",
        body=message.body,
        order_id=short_string(message.order_id),
        headers=message.headers if message.is_partial else crossdock_headers(message.headers),
    )
    return cut(carried)


def _problem(kind: str, expected: Exchange | Queue, existing: Exchange | Queue | None) -> str | None:
    if existing is None:
        return str(_missing(kind, expected.name))
    return None if existing == expected else str(_differs(kind, expected.name))


def _missing(kind: str, name: str) -> TopologyError:
    return TopologyError(f'The {kind} "{name}" is missing: run `crossdock topology apply`.')


def _differs(kind: str, name: str) -> TopologyError:
    return TopologyError(f'The {kind} "{name}" exists with other arguments than needed: give it another name.')
