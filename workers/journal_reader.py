"""The journal reader: takes the events of Adobe's journal that were not delivered, or all, where none are delivered.

The journal repeats delivered events; the changes are the same, so that a repeat does no harm.
"""

import json
from collections.abc import Mapping
from threading import Event
from typing import Any

import structlog

from gateways.commerce.io_events.changes import ChangedInShop, change_of
from gateways.commerce.io_events.journal import Journal
from gateways.errors import CallRefusedError, UnreadableInputError
from ledger.database.leadership import Leadership
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from schemas.errors import RetryableError
from workers.commerce_changes import CommerceChanges
from workers.intake_letters import save_unreadable_commerce_event
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

CURSOR = "commerce journal"


class JournalReader:
    """Reads one journal, while this process leads."""

    def __init__(self, ledger: Ledger, journal: Journal, changes: CommerceChanges, liveness: Liveness) -> None:
        """Have *changes* take the changes in the journal."""
        self._ledger = ledger
        self._journal = journal
        self._changes = changes
        self._liveness = liveness

    def run(self, stop: Event) -> None:
        """Read until *stop* is set."""
        try:
            with self._ledger.lead(CURSOR) as leadership:
                while not stop.is_set():
                    stop.wait(retry_until_stopped(lambda: self._lead(leadership), "read Adobe's journal", stop))
        except StoppedError as error:
            log.info("journal reader stopped", reason=str(error))
        finally:
            self._journal.close()

    def turn(self) -> float:
        """Read a page and return the seconds until the next is worth reading. Raises RetryableError."""
        with self._liveness.busy("journal reader"):
            with self._ledger.read() as work:
                position = work.cursors.position(CURSOR)
            try:
                page = self._journal.page(position)
            except CallRefusedError as error:
                if position is None:
                    raise RetryableError(str(error)) from error
                log.warning("journal position is no longer known, reading from the oldest event", reason=str(error))
                page = self._journal.page(None)
            self._changes.take([change for event in page.events if (change := self._change(event))])
            with self._ledger.begin() as work:
                work.cursors.move(CURSOR, page.next_url)
            return page.wait

    def _lead(self, leadership: Leadership) -> float:
        return self.turn() if leadership.held() else 1.0

    def _change(self, event: Mapping[str, Any]) -> ChangedInShop | None:
        try:
            return change_of(event)
        except UnreadableInputError as error:
            with self._ledger.begin() as work:
                save_unreadable_commerce_event(work, json.dumps(event).encode(), str(error))
            return None
