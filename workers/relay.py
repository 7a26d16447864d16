"""The relay: what stands in the outbox and is due goes to the bus; confirmed, it is marked as sent.

It does not open messages. It may send one twice (a crash between the two steps); the inbox makes that harmless.
"""

from collections.abc import Sequence
from datetime import timedelta
from threading import Event

import structlog

from events.bus import Bus
from events.errors import BrokerUnavailableError, UnroutableError
from ledger.errors import CipherError
from ledger.ledger import Ledger
from ledger.messages.outbox import Claimed
from pipeline.liveness import Liveness
from workers.consumer import CONFIRM_TIMEOUT
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

BATCH = 500
LEASE = timedelta(seconds=90)
"""Longer than a publication may take, so that no two relays send the same rows while both live."""

IDLE = 0.5
"""Seconds between two looks at an empty outbox."""


class Relay:
    """Moves the outbox to the bus."""

    def __init__(self, ledger: Ledger, bus: Bus, pulse: Liveness | None = None) -> None:
        """Move *ledger*'s outbox to *bus*."""
        self._pulse = pulse or Liveness()
        self._ledger = ledger
        self._bus = bus

    def run(self, stop: Event) -> None:
        """Send what is due until *stop* is set."""
        try:
            while not stop.is_set():
                if not retry_until_stopped(self.turn, "relay sends the outbox", stop):
                    stop.wait(IDLE)
        except StoppedError as error:
            log.info("relay stopped; what it had claimed is sent by the next", reason=str(error))

    def turn(self) -> int:
        """Send one batch of what is due. Returns how many messages it took. Raises RetryableError."""
        with self._pulse.busy("relay"):
            sealed: list[CipherError] = []
            with self._ledger.begin() as work:
                claimed = work.outbox.claim_due(BATCH, LEASE, sealed.append)
            if sealed:
                log.error("left in the outbox", messages=len(sealed), reason=str(sealed[0]))
            if claimed:
                self._send(claimed)
        return len(claimed)

    def _send(self, claimed: Sequence[Claimed]) -> None:
        try:
            sent = self._sent(claimed)
        except BrokerUnavailableError:
            with self._ledger.begin() as work:
                work.outbox.unclaim([row.outbox_id for row in claimed])
            raise
        with self._ledger.begin() as work:
            work.outbox.mark_sent(sent)

    def _sent(self, claimed: Sequence[Claimed]) -> list[int]:
        """Publish, and return the outbox ids of what came into a queue."""
        try:
            self._bus.publish([row.message for row in claimed]).wait(CONFIRM_TIMEOUT)
        except UnroutableError as error:
            # One consumer's queue is missing; its messages stay claimed until the lease ends, and are tried again.
            log.error("outbox not wholly sent", reason=str(error))  # noqa: TRY400 - the reason says it all
            return self._send_singly(claimed)
        return [row.outbox_id for row in claimed]

    def _send_singly(self, claimed: Sequence[Claimed]) -> list[int]:
        sent = []
        for row in claimed:
            try:
                self._bus.publish([row.message]).wait(CONFIRM_TIMEOUT)
            except UnroutableError:
                continue
            sent.append(row.outbox_id)
        return sent
