"""Exchanges, queues and bindings on RabbitMQ: declared, checked and inspected."""

from functools import partial

from pika.channel import Channel
from pika.spec import Queue as QueueMethods

from events.errors import TopologyError
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.error_text import ACCESS_REFUSED, NOT_FOUND
from events.rabbitmq.request import OnResponse, RefusedError, Request, request
from events.topology import Binding, Exchange, Queue, Topology

PRECONDITION_FAILED = 406


def declare(connection: RabbitConnection, topology: Topology) -> None:
    """Declare everything, in the topology's order, and remove former bindings.

    Raises TopologyError with the object's name and the remedy.
    """
    for exchange in topology.exchanges:
        _request(connection, f'The exchange "{exchange.name}"', partial(_declare_exchange, exchange))
    for queue in topology.queues:
        _request(connection, f'The queue "{queue.name}"', partial(_declare_queue, queue))
    for binding in topology.bindings:
        _request(connection, f'The binding of "{binding.target}"', partial(_bind, binding))
    for binding in topology.former_bindings:
        _request(connection, f'The former binding of "{binding.target}"', partial(_unbind, binding))


def check(connection: RabbitConnection, topology: Topology) -> list[str]:
    """Return a sentence for each exchange and queue that is missing, differs, or may not be inspected.

    Whether one differs is found only with the permission to declare it. AMQP cannot inspect bindings; `declare`
    repeats them without harm.
    """
    checks: list[tuple[str, Request, Request]] = [
        *(
            (f'The exchange "{exchange.name}"', partial(_find_exchange, exchange), partial(_declare_exchange, exchange))
            for exchange in topology.exchanges
        ),
        *(
            (f'The queue "{queue.name}"', partial(_find_queue, queue.name), partial(_declare_queue, queue))
            for queue in topology.queues
        ),
    ]
    return [problem for subject, find, create in checks if (problem := _problem(connection, subject, find, create))]


def inspect(connection: RabbitConnection, queue: str) -> QueueMethods.DeclareOk:
    """Return the broker's counts of a queue: ready messages, consumers. Raises TopologyError when it is missing."""
    return _request(connection, f'The queue "{queue}"', partial(_find_queue, queue))


def _request(connection: RabbitConnection, subject: str, send: Request) -> QueueMethods.DeclareOk:
    try:
        return request(connection, send).method
    except RefusedError as refusal:
        raise TopologyError(_sentence(subject, refusal)) from None


def _problem(connection: RabbitConnection, subject: str, find: Request, create: Request) -> str | None:
    """Return the fault of an object, if it has one. Declaring an existing one again shows whether it differs."""
    if refusal := _refusal(connection, find):
        return _sentence(subject, refusal)
    differs = _refusal(connection, create)
    return _sentence(subject, differs) if differs and differs.code == PRECONDITION_FAILED else None


def _refusal(connection: RabbitConnection, send: Request) -> RefusedError | None:
    try:
        request(connection, send)
    except RefusedError as refusal:
        return refusal
    return None


def _sentence(subject: str, refusal: RefusedError) -> str:
    if refusal.code == NOT_FOUND:
        return f"{subject} is missing: run `crossdock topology apply`."
    if refusal.code == PRECONDITION_FAILED:
        return (
            f"{subject} exists with other arguments than needed ({refusal.text}):"
            " drain and delete it, then run `crossdock topology apply`."
        )
    if refusal.code == ACCESS_REFUSED:
        return f"{subject} is forbidden to this user ({refusal.text}): grant it the permission."
    return f"{subject} is refused by RabbitMQ ({refusal.text})."


def _declare_exchange(exchange: Exchange, channel: Channel, on_response: OnResponse) -> None:
    channel.exchange_declare(
        exchange.name, exchange.kind, durable=True, arguments=exchange.arguments, callback=on_response
    )


def _declare_queue(queue: Queue, channel: Channel, on_response: OnResponse) -> None:
    channel.queue_declare(queue.name, durable=True, arguments=queue.arguments, callback=on_response)


def _bind(binding: Binding, channel: Channel, on_response: OnResponse) -> None:
    if binding.to_exchange:
        channel.exchange_bind(binding.target, binding.exchange, binding.key, callback=on_response)
    else:
        channel.queue_bind(binding.target, binding.exchange, binding.key, callback=on_response)


def _unbind(binding: Binding, channel: Channel, on_response: OnResponse) -> None:
    """Remove a queue's binding. RabbitMQ answers the same when there is none."""
    channel.queue_unbind(binding.target, binding.exchange, binding.key, callback=on_response)


def _find_exchange(exchange: Exchange, channel: Channel, on_response: OnResponse) -> None:
    channel.exchange_declare(exchange.name, passive=True, callback=on_response)


def _find_queue(queue: str, channel: Channel, on_response: OnResponse) -> None:
    channel.queue_declare(queue, passive=True, callback=on_response)
