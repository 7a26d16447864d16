"""The outbox relay: publishes due messages and marks those that the broker confirmed as sent.

It does not decode messages. It may send one twice (a crash between the two steps); the inbox makes that harmless.
"""

from collections.abc import Sequence
from datetime import timedelta
from threading import Event

import structlog

from events.bus import Bus
from events.errors import BrokerUnavailableError, MessagesRefusedError, PublicationForbiddenError, UnroutableError
from ledger.errors import CipherError
from ledger.ledger import Ledger
from ledger.messages.outbox import Claimed
from pipeline.liveness import Liveness
from workers.consumer import CONFIRM_TIMEOUT
from workers.metrics.process_metrics import ProcessMetrics
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

BATCH = 500
LEASE = timedelta(seconds=90)
"""Longer than a publication may take, so that two live relays never send the same rows."""

IDLE = 0.5
"""Seconds between two looks at an empty outbox."""


class Relay:
    """Publishes the outbox of a ledger."""

    def __init__(
        self, ledger: Ledger, bus: Bus, liveness: Liveness | None = None, metrics: ProcessMetrics | None = None
    ) -> None:
        """Publish the outbox of *ledger* to *bus*."""
        self._liveness = liveness or Liveness()
        self._ledger = ledger
        self._bus = bus
        self._relayed = (metrics or ProcessMetrics()).relayed

    def run(self, stop: Event) -> None:
        """Publish due messages until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "relay publishes the outbox", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("relay stopped", reason=str(error))

    def turn(self) -> int:
        """Publish one batch of due messages. Returns how many it claimed. Raises RetryableError."""
        with self._liveness.busy("relay"):
            unopened: list[CipherError] = []
            with self._ledger.begin() as work:
                claimed = work.outbox.claim_due(BATCH, LEASE, unopened.append)
            if unopened:
                log.error("outbox messages undecryptable", messages=len(unopened), reason=str(unopened[0]))
            if claimed:
                self._send(claimed)
        return len(claimed)

    def _send(self, claimed: Sequence[Claimed]) -> None:
        try:
            sent, refused = self._publish(claimed)
        except BrokerUnavailableError:
            with self._ledger.begin() as work:
                work.outbox.unclaim([row.outbox_id for row in claimed])
            raise
        self._relayed.labels("sent").inc(len(sent))
        self._relayed.labels("refused").inc(len(refused))
        with self._ledger.begin() as work:
            work.outbox.mark_sent([row.outbox_id for row in sent])
            work.refused.postpone(refused)
            work.refused.release(sent)

    def _publish(self, claimed: Sequence[Claimed]) -> tuple[Sequence[Claimed], Sequence[Claimed]]:
        """Publish, and return the messages that reached a queue, and those that the broker refused."""
        try:
            self._bus.publish([row.message for row in claimed]).wait(CONFIRM_TIMEOUT)
        except MessagesRefusedError as error:
            log.warning("outbox partially refused", reason=str(error))
            taken = [row for position, row in enumerate(claimed) if position not in error.positions]
            return taken, [claimed[position] for position in error.positions]
        except PublicationForbiddenError as error:
            # The broker does not name the message; nothing else may wait for it.
            log.warning("outbox partially forbidden", reason=str(error))
            return self._publish_singly(claimed)
        except UnroutableError as error:
            # One consumer's queue is missing; its messages stay claimed until the lease expires, and are then retried.
            log.error("outbox partially sent", reason=str(error))  # noqa: TRY400 - the reason is enough
            return self._publish_singly(claimed)
        return claimed, ()

    def _publish_singly(self, claimed: Sequence[Claimed]) -> tuple[Sequence[Claimed], Sequence[Claimed]]:
        sent: list[Claimed] = []
        refused: list[Claimed] = []
        for row in claimed:
            try:
                self._bus.publish([row.message]).wait(CONFIRM_TIMEOUT)
            except (MessagesRefusedError, PublicationForbiddenError):
                refused.append(row)
            except UnroutableError:
                continue
            else:
                sent.append(row)
        return sent, refused
