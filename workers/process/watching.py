"""The view of the broker for a process that only looks: the console."""

from collections.abc import Iterator
from contextlib import contextmanager

from events.open_bus import open_bus
from ledger.ledger import Ledger
from operations.monitoring.pipeline import PipelineReader
from operations.monitoring.queues import QueueWatch
from schemas.settings import Settings
from workers.process.bootstrap import is_embedded


@contextmanager
def opened_pipeline_reader(settings: Settings, ledger: Ledger) -> Iterator[PipelineReader]:
    """Open a reader of the pipeline's state until the block ends. Queues in another process's memory it cannot see."""
    if is_embedded(settings):
        yield PipelineReader(ledger, None)
        return
    url = settings.broker_url.get_secret_value()
    bus = open_bus(url, "crossdock console", settings.account_prefix, allow_unencrypted=settings.allow_unencrypted)
    watch = QueueWatch(bus)
    try:
        yield PipelineReader(ledger, watch)
    finally:
        watch.close()
        bus.close()
