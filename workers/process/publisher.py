"""Publishing from a command: to RabbitMQ, or embedded into the outbox.

Apart from `bootstrap`, because kombu costs a command that does not publish a tenth of a second.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

from events.rabbitmq.kombu_publisher import KombuPublisher
from operations.outbox import put_in_outbox
from operations.publish import Publish
from schemas.settings import Settings
from workers.process.bootstrap import is_embedded, opened_context


@contextmanager
def opened_publisher(settings: Settings) -> Iterator[Publish]:
    """Open a publisher of events: to RabbitMQ without any database or, embedded, into the outbox of the ledger."""
    if is_embedded(settings):
        with opened_context(settings) as context:
            yield partial(put_in_outbox, context.ledger)
        return
    url = settings.broker_url.get_secret_value()
    with closing(KombuPublisher(url, allow_unencrypted=settings.allow_unencrypted)) as publisher:
        yield publisher.publish
