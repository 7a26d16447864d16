"""Whether a process makes traces. OpenTelemetry is imported only where it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from events.bus import Bus
from pipeline.tracing import Tracing
from schemas.errors import SettingsError
from schemas.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


@contextmanager
def opened_tracer(settings: Settings, process: str) -> Iterator["Tracer | None"]:
    """Give a tracer until the block ends, None where the settings name no address for traces. Raises SettingsError."""
    if settings.traces_url is None:
        yield None
        return
    try:
        from workers.tracing.exporter import exporting  # noqa: PLC0415 - 0.2 s and 20 MB, for those who trace only
    except ImportError:
        raise SettingsError(
            'CROSSDOCK_TRACES_URL needs OpenTelemetry: pip install "crossdock[tracing]", or unset it.'
        ) from None
    with exporting(settings.traces_url, process) as tracer:
        yield tracer


def traced(bus: Bus, tracer: "Tracer | None") -> Bus:
    """Return a bus whose publications are spans; the bus itself without a tracer."""
    if tracer is None:
        return bus
    from workers.tracing.traced_bus import TracedBus  # noqa: PLC0415 - as above

    return TracedBus(bus, tracer)


def tracing_by(tracer: "Tracer | None") -> Tracing | None:
    """Return the spans of one consumer's events, None without a tracer."""
    if tracer is None:
        return None
    from workers.tracing.spans import EventTracing  # noqa: PLC0415 - as above

    return EventTracing(tracer)
