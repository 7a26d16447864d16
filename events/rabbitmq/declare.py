"""Exchanges, queues and bindings on RabbitMQ: made, checked and measured."""

from functools import partial

from pika.channel import Channel
from pika.spec import Queue as QueueMethods

from events.errors import TopologyError
from events.rabbitmq.connection import RabbitConnection
from events.rabbitmq.request import Answer, Question, RefusedError, request
from events.topology import Binding, Exchange, Queue, Topology

NOT_FOUND = 404
PRECONDITION_FAILED = 406


def declare(connection: RabbitConnection, topology: Topology) -> None:
    """Make everything, in the topology's order. Raises TopologyError, naming what differs and what to do."""
    for exchange in topology.exchanges:
        _make(connection, f'The exchange "{exchange.name}"', partial(_declare_exchange, exchange))
    for queue in topology.queues:
        _make(connection, f'The queue "{queue.name}"', partial(_declare_queue, queue))
    for binding in topology.bindings:
        _make(connection, f'The binding of "{binding.target}"', partial(_bind, binding))


def check(connection: RabbitConnection, topology: Topology) -> list[str]:
    """Return a sentence for each exchange and queue that is missing, differs, or is not to be looked at.

    Whether one differs is told to those only who may make it. AMQP cannot look at bindings; `declare` makes them again
    without harm.
    """
    questions: list[tuple[str, Question, Question]] = [
        *(
            (f'The exchange "{one.name}"', partial(_see_exchange, one.name), partial(_declare_exchange, one))
            for one in topology.exchanges
        ),
        *(
            (f'The queue "{one.name}"', partial(_see_queue, one.name), partial(_declare_queue, one))
            for one in topology.queues
        ),
    ]
    return [problem for what, see, make in questions if (problem := _problem(connection, what, see, make))]


def look_at(connection: RabbitConnection, queue: str) -> QueueMethods.DeclareOk:
    """Return what the broker counts at a queue: messages that are ready, consumers. Raises TopologyError for none."""
    try:
        return request(connection, partial(_see_queue, queue)).method
    except RefusedError as refusal:
        raise TopologyError(_sentence(f'The queue "{queue}"', refusal)) from None


def _make(connection: RabbitConnection, what: str, question: Question) -> None:
    try:
        request(connection, question)
    except RefusedError as refusal:
        raise TopologyError(_sentence(what, refusal)) from None


def _problem(connection: RabbitConnection, what: str, see: Question, make: Question) -> str | None:
    """Say what is wrong with a thing, if anything is. What is there is made again: that tells whether it differs."""
    if refusal := _refusal(connection, see):
        return _sentence(what, refusal)
    differs = _refusal(connection, make)
    return _sentence(what, differs) if differs and differs.code == PRECONDITION_FAILED else None


def _refusal(connection: RabbitConnection, question: Question) -> RefusedError | None:
    try:
        request(connection, question)
    except RefusedError as refusal:
        return refusal
    return None


def _sentence(what: str, refusal: RefusedError) -> str:
    if refusal.code == NOT_FOUND:
        return f"{what} is missing: run `crossdock topology apply`."
    if refusal.code == PRECONDITION_FAILED:
        return (
            f"{what} exists with other arguments than needed ({refusal.text}):"
            " drain and delete it, then run `crossdock topology apply`."
        )
    return f"{what} is refused by RabbitMQ ({refusal.text})."


def _declare_exchange(exchange: Exchange, channel: Channel, answer: Answer) -> None:
    channel.exchange_declare(exchange.name, exchange.kind, durable=True, arguments=exchange.arguments, callback=answer)


def _declare_queue(queue: Queue, channel: Channel, answer: Answer) -> None:
    channel.queue_declare(queue.name, durable=True, arguments=queue.arguments, callback=answer)


def _bind(binding: Binding, channel: Channel, answer: Answer) -> None:
    if binding.to_exchange:
        channel.exchange_bind(binding.target, binding.exchange, binding.key, callback=answer)
    else:
        channel.queue_bind(binding.target, binding.exchange, binding.key, callback=answer)


def _see_exchange(name: str, channel: Channel, answer: Answer) -> None:
    channel.exchange_declare(name, passive=True, callback=answer)


def _see_queue(name: str, channel: Channel, answer: Answer) -> None:
    channel.queue_declare(name, passive=True, callback=answer)
