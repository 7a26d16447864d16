"""The poll of Commerce: looks for shipments and products that changed, and fills the gaps that events leave.

One process polls, the others stand by. The cursor is the shop's own time of the latest change that was seen: so the
clocks of both sides need not agree. A change is visible only at the end of Commerce's transaction, later than the time
that it bears: so each look begins some minutes before the cursor.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import structlog

from gateways.commerce.answers import unexpected
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.io_events.changes import ChangedInShop
from gateways.commerce.shipments import instant_of
from gateways.errors import CallRefusedError
from ledger.database.leadership import Leadership
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from schemas.errors import RetryableError
from workers.commerce_changes import CommerceChanges
from workers.process.retry import StoppedError, retry_until_stopped

log = structlog.get_logger(__name__)

LEADER = "commerce poll"

OVERLAP = timedelta(minutes=5)
"""The overlap of a poll with the one before: longer than Commerce's transactions take."""

BATCH = 500
"""Changes that are recorded and published together."""


@dataclass(slots=True)
class _List:
    """A list of Commerce's: the field of its entities' names, the reach of the first look, the finds of the last."""

    resource: str
    key: str
    first_look: timedelta
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def cursor(self) -> str:
        return f"commerce {self.resource}"


class CommercePoll:
    """Polls one shop."""

    def __init__(
        self, ledger: Ledger, shop: CommerceClient, changes: CommerceChanges, interval: float, liveness: Liveness
    ) -> None:
        """Poll every *interval* seconds, and have *changes* take the changed entities."""
        self._ledger = ledger
        self._shop = shop
        self._changes = changes
        self._interval = interval
        self._liveness = liveness
        # Blocked orders are requested again by every sync, so no product that changed long ago is missed.
        self._lists = (
            _List("shipments", "entity_id", timedelta(days=1)),
            _List("products", "sku", timedelta(minutes=5)),
        )

    def run(self, stop: Event) -> None:
        """Poll until *stop* is set, while this process leads."""
        try:
            with self._ledger.lead(LEADER) as leadership:
                while not stop.is_set():
                    retry_until_stopped(lambda: self._lead(leadership), "look for changes in Commerce", stop)
                    stop.wait(self._interval)
        except StoppedError as error:
            log.info("commerce poll stopped", reason=str(error))

    def turn(self) -> int:
        """Look once; return the number of changes that were new. Raises RetryableError."""
        with self._liveness.busy("commerce poll"):
            return sum(self._look(shop_list) for shop_list in self._lists)

    def _lead(self, leadership: Leadership) -> None:
        if leadership.held():
            self.turn()

    def _look(self, shop_list: _List) -> int:
        with self._ledger.read() as work:
            position = work.cursors.position(shop_list.cursor)
            latest = datetime.fromisoformat(position) if position else work.now - shop_list.first_look
        seen: dict[str, str] = {}
        fresh: list[ChangedInShop] = []
        count = 0
        for name, updated_at in self._changed(shop_list, latest - OVERLAP):
            seen[name] = updated_at
            if shop_list.seen.get(name) != updated_at:
                fresh.append(_change(shop_list, name, updated_at))
                count += 1
            if len(fresh) == BATCH:
                self._changes.take(fresh)
                fresh = []
        self._changes.take(fresh)
        shop_list.seen = seen
        self._move(shop_list, max([latest, *(instant_of(updated_at) for updated_at in seen.values())]))
        return count

    def _changed(self, shop_list: _List, since: datetime) -> Iterator[tuple[str, str]]:
        """Yield the name of each changed entity, and the time of the change as Commerce writes it."""
        purpose = Purpose(f"look for changed {shop_list.resource}")
        try:
            for entity in self._shop.changed_since(
                shop_list.resource, since, f"items[{shop_list.key},updated_at]", purpose
            ):
                yield str(entity[shop_list.key]), str(entity["updated_at"])
        except CallRefusedError as error:
            raise RetryableError(str(error)) from error
        except KeyError:
            raise unexpected() from None

    def _move(self, shop_list: _List, latest: datetime) -> None:
        with self._ledger.begin() as work:
            work.cursors.move(shop_list.cursor, latest.isoformat())
            work.schedules.record_run(shop_list.cursor, work.now)


def _change(shop_list: _List, name: str, updated_at: str) -> ChangedInShop:
    if shop_list.key == "sku":
        return ChangedInShop(f"{name}/{updated_at}", skus=(name,))
    return ChangedInShop("", shipment_ids=(int(name),))
