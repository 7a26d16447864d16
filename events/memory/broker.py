"""What lies inside `memory://`: kombu's memory transport, with what it lacks added and its names kept apart.

kombu keeps one state for the whole process, so every room has a prefix of its own. kombu drops what no queue takes,
knows no bindings between exchanges, and forgets what a consumer held: the room does without all three.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from uuid import uuid4

from kombu.connection import Connection
from kombu.exceptions import ChannelError
from kombu.transport.virtual import Message as Stored
from kombu.transport.virtual import NotEquivalentError

from events.amqp import crossdock_headers, properties_of
from events.errors import TopologyError
from events.topology import EVENTS, UNROUTED, Exchange, Queue, Topology
from schemas.message import Message

COUNT = "x-delivery-count"

_rooms: dict[str, "MemoryBroker"] = {}
_entering = threading.Lock()


class MemoryBroker:
    """Exchanges and queues that several MemoryBuses may share. All methods are for any thread."""

    def __init__(self, name: str) -> None:
        """Furnish an empty room."""
        self.guests = 0
        self.takers: Counter[str] = Counter()
        self._name = name
        self._channel = Connection("memory://", transport_options={"body_encoding": None}).channel()
        self._lock = threading.RLock()
        self._arrivals: dict[str, threading.Condition] = {}
        self._exchanges: dict[str, Exchange] = {}
        self._queues: dict[str, Queue] = {}
        self._ends: set[tuple[str, str]] = set()

    def declare(self, topology: Topology) -> None:
        """Make everything. Raises TopologyError where one exists and differs."""
        with self._lock:
            for exchange in topology.exchanges:
                self._declare_exchange(exchange)
            for queue in topology.queues:
                self._declare_queue(queue)
            for binding in topology.bindings:
                if binding.to_exchange:
                    self._ends.add((binding.exchange, binding.key))
                else:
                    self._channel.queue_bind(self._local(binding.target), self._local(binding.exchange), binding.key)

    def problems(self, topology: Topology) -> list[str]:
        """Return a sentence for each exchange and queue that is not there, or differs."""
        with self._lock:
            found = [_problem("exchange", one.name, one, self._exchanges.get(one.name)) for one in topology.exchanges]
            found += [_problem("queue", one.name, one, self._queues.get(one.name)) for one in topology.queues]
        return [problem for problem in found if problem]

    def send(self, message: Message) -> bool:
        """Route a message. Returns False when it is meant for a queue that does not exist."""
        with self._lock:
            if message.to is not None:
                return self.put(message.to, message, 0)
            for queue in self._route(message.name):
                self.put(queue, message, 0)
            return True

    def put(self, queue: str, message: Message, count: int) -> bool:
        """Lay a message into a queue, noting how often it was delivered before. Returns False when there is none."""
        with self._lock:
            if queue not in self._queues:
                return False
            stored = self._channel.prepare_message(
                message.body, headers=_headers(message, count), properties=properties_of(message)
            )
            self._channel.basic_publish(stored, exchange="", routing_key=self._local(queue))
            self.arrival(queue).notify()
            return True

    def get(self, queue: str) -> tuple[Message, int] | None:
        """Take the first message out of a queue, with the count of its earlier deliveries."""
        with self._lock:
            stored = self._channel.basic_get(self._local(queue), no_ack=True) if queue in self._queues else None
            return None if stored is None else _read(stored)

    def depth(self, queue: str) -> int:
        """Return the messages ready in a queue. Raises TopologyError when there is none."""
        try:
            with self._lock:
                return int(self._channel.queue_declare(self._local(queue), passive=True).message_count)
        except ChannelError:
            raise TopologyError(f'The queue "{queue}" is missing: run `crossdock topology apply`.') from None

    def arrival(self, queue: str) -> threading.Condition:
        """Return the condition that is notified when a queue gets a message; its lock is the room's."""
        with self._lock:
            return self._arrivals.setdefault(queue, threading.Condition(self._lock))

    def clear(self) -> None:
        """Take everything out of kombu's state."""
        with self._lock:
            for queue in self._queues:
                self._channel.queue_purge(self._local(queue))
                self._channel.queue_delete(self._local(queue))
            for exchange in self._exchanges:
                self._channel.exchange_delete(self._local(exchange))
            self._channel.close()

    def _declare_exchange(self, exchange: Exchange) -> None:
        try:
            self._channel.exchange_declare(
                self._local(exchange.name), exchange.kind, durable=True, arguments=exchange.arguments
            )
        except NotEquivalentError:
            raise _differs("exchange", exchange.name) from None
        self._exchanges[exchange.name] = exchange

    def _declare_queue(self, queue: Queue) -> None:
        if self._queues.setdefault(queue.name, queue) != queue:
            raise _differs("queue", queue.name)
        self._channel.queue_declare(self._local(queue.name))

    def _route(self, name: str) -> list[str]:
        """Return the queues for an event; what nobody takes and no exchange ends goes where RabbitMQ would send it."""
        exchange = self._local(EVENTS)
        if EVENTS not in self._exchanges:
            return []
        table = self._channel.get_table(exchange)
        found = self._channel.typeof(exchange).lookup(table, exchange, name, None)
        if not found and (EVENTS, name) not in self._ends:
            return [UNROUTED]
        return sorted(queue.removeprefix(f"{self._name}/") for queue in found)

    def _local(self, name: str) -> str:
        return f"{self._name}/{name}"


def acquire(name: str) -> MemoryBroker:
    """Return the room of a name, or one that nobody else enters where the name is empty."""
    with _entering:
        room = _rooms.get(name) or MemoryBroker(name or uuid4().hex)
        if name:
            _rooms[name] = room
        room.guests += 1
        return room


def release(room: MemoryBroker) -> None:
    """Leave a room; the last one clears it."""
    with _entering:
        room.guests -= 1
        if room.guests == 0:
            for name in [name for name, known in _rooms.items() if known is room]:
                del _rooms[name]
            room.clear()


def _headers(message: Message, count: int) -> Mapping[str, str | int]:
    return crossdock_headers(message.headers) | {COUNT: count}


def _read(stored: Stored) -> tuple[Message, int]:
    properties = stored.properties
    message = Message(
        id=properties["message_id"] or "",
        name=properties["type"] or "",
        body=stored.body,
        order_id=properties["correlation_id"],
        headers=crossdock_headers(stored.headers),
    )
    return message, stored.headers[COUNT]


def _problem(kind: str, name: str, wanted: object, found: object) -> str | None:
    if found is None:
        return f'The {kind} "{name}" is missing: run `crossdock topology apply`.'
    return None if found == wanted else str(_differs(kind, name))


def _differs(kind: str, name: str) -> TopologyError:
    return TopologyError(f'The {kind} "{name}" exists with other arguments than needed: give it another name.')
