"""A bus that publishes by the outbox: for the intakes of an embedded process, whose broker forgets when it is killed.

An intake's events are caused by no delivery, and their reporter is answered once they are confirmed. Follow-ups of
deliveries need no outbox: they are on record with the delivery.
"""

from collections.abc import Callable, Sequence

from events.bus import Bus, Confirmation
from events.forwarding_bus import ForwardingBus
from ledger.ledger import Ledger
from operations.outbox import put_in_outbox
from schemas.message import Message


class _Saved:
    """The confirmation of messages that are in the outbox."""

    done = True

    def add_done_callback(self, callback: Callable[[], None]) -> None:
        """Call at once."""
        callback()

    def wait(self, timeout: float) -> None:
        """Return."""


class OutboxBus(ForwardingBus):
    """Puts publications into the outbox, and passes everything else on to another bus; see events.bus.Bus."""

    def __init__(self, bus: Bus, ledger: Ledger) -> None:
        """Put them into the outbox of *ledger*, whose relay publishes them on *bus*."""
        super().__init__(bus)
        self._ledger = ledger

    def publish(self, messages: Sequence[Message]) -> Confirmation:
        """Put messages into the outbox. Raises LedgerUnavailableError."""
        if messages:
            put_in_outbox(self._ledger, messages)
        return _Saved()
