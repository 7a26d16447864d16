"""Parts of a process that runs loops: settings, ledger, bus, gateways and liveness, opened and closed together.

Apart from `bootstrap`, because the broker's clients and the handlers cost a command that needs neither half its time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.bus import Bus
from events.open_bus import open_bus
from gateways.port import Gateways
from ledger.ledger import Ledger
from operations.context import deadlines
from pipeline.liveness import Liveness
from pipeline.processor import BatchProcessor
from schemas.settings import Settings
from workers.metrics.counted_gateways import CountedGateways
from workers.metrics.process_metrics import ProcessMetrics
from workers.process.bootstrap import opened_systems
from workers.process.traces import opened_tracer, traced, tracing_by

if TYPE_CHECKING:  # at run time they would import the HTTP client and OpenTelemetry
    from opentelemetry.trace import Tracer

    from gateways.amazon.sp_api.gateway import AmazonGateway
    from gateways.commerce.client import CommerceClient


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one process."""

    settings: Settings
    ledger: Ledger
    bus: Bus
    gateways: Gateways
    liveness: Liveness = field(default_factory=Liveness)
    accounts: "Mapping[str, AmazonGateway]" = field(default_factory=dict)
    """The sellers' accounts on Amazon by the sellers' names; none where Amazon is simulated."""
    commerce: "CommerceClient | None" = None
    """The shop, where Commerce is not simulated."""
    metrics: ProcessMetrics = field(default_factory=ProcessMetrics)
    tracer: "Tracer | None" = None
    """Makes spans, where traces are made."""

    def processor(self, consumer: str) -> BatchProcessor:
        """Return the batch processor of a consumer."""
        return BatchProcessor(
            consumer,
            self.ledger,
            CountedGateways(self.gateways, self.metrics),
            deadlines(self.settings),
            self.liveness,
            stores_by_events=self.settings.stores_by_events,
            tracing=tracing_by(self.tracer),
        )


@contextmanager
def assembled(
    settings: Settings, ledger: Ledger, name: str, liveness: Liveness, metrics: ProcessMetrics
) -> Iterator[Parts]:
    """Open the bus and join the parts of a process, named *name* at the broker; close them all, the ledger last."""
    try:
        url = settings.broker_url.get_secret_value()
        bus = open_bus(url, name, settings.account_prefix, allow_unencrypted=settings.allow_unencrypted)
        try:
            with opened_systems(settings, ledger) as systems, opened_tracer(settings, name) as tracer:
                yield Parts(
                    settings,
                    ledger,
                    traced(bus, tracer),
                    systems.gateways,
                    liveness,
                    systems.accounts,
                    systems.commerce,
                    metrics,
                    tracer,
                )
        finally:
            bus.close()
    finally:
        ledger.close()
