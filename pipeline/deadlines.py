"""How long things may take: the times that settings give to a batch."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long an event is deferred for its order or its store, and personal data is kept after shipment."""

    early: timedelta = timedelta(hours=1)
    unknown_store: timedelta = timedelta(days=7)
    personal_data: timedelta = timedelta(days=30)
