"""Deadlines that the settings give to the events of a batch."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The longest deferral of an event for its order or store, and the retention of personal data after shipment."""

    early: timedelta = timedelta(hours=1)
    unknown_store: timedelta = timedelta(days=7)
    personal_data: timedelta = timedelta(days=30)
