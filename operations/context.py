"""The context of operations: the parts that the composition root has opened."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.deadlines import Deadlines

if TYPE_CHECKING:  # at run time every operation would import the gateways' and the ledger's libraries
    from gateways.port import Catalog, Gateways
    from ledger.ledger import Ledger
    from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Every operation takes one first. `workers.process.bootstrap.opened_context` makes it."""

    settings: "Settings"
    ledger: "Ledger"
    gateways: "Gateways"
    catalog: "Catalog"

    @property
    def deadlines(self) -> Deadlines:
        """How long early events and personal data are kept, by the settings."""
        return deadlines(self.settings)


def deadlines(settings: "Settings") -> Deadlines:
    """Return how long early events and personal data are kept."""
    return Deadlines(
        early=timedelta(seconds=settings.early_event_timeout),
        personal_data=timedelta(days=settings.personal_data_days),
    )
