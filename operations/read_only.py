"""Read-only mode: for copies of the database, from which nothing may be sent to Amazon and Commerce.

Orders are handled as before, but each change of Amazon or Commerce is recorded and its event deferred, as while they
are away. So no change counts as done that was not sent, and all are sent once the mode is off.
"""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from operations.context import Context
from operations.errors import RefusedActionError
from operations.people.audit import record_action
from schemas.read_only import ReadOnlyMode, WithheldChange
from schemas.settings import PREFIX, Settings
from schemas.value import Value

if TYPE_CHECKING:
    from schemas.order import OrderKey

CROSSDOCK = "crossdock"
"""The actor of a mode that no person switched on."""

REFRESH_SECONDS = 5.0
"""Seconds after which a process sees that the mode was switched."""

RELEASE = "`crossdock read-only release`"


class ReadOnlyStatus(Value):
    """The state of read-only mode, the place of the database, and the changes that were not sent."""

    mode: ReadOnlyMode | None
    by_setting: bool
    place: str
    is_known_place: bool
    withheld_count: int
    withheld: tuple[WithheldChange, ...]


def recognize_database(ledger: Ledger) -> None:
    """Switch read-only mode on when the database is at an unknown place. The first place is the original's."""
    place = ledger.place()
    with ledger.read() as work:
        places = work.read_only.places()
    if place in places:
        return
    with ledger.begin() as work:
        if not places:
            work.read_only.learn_place(place)
        elif work.read_only.current() is None:
            reason = f"This database is known at {', '.join(sorted(places))}, and is at {place} now: it may be a copy."
            work.read_only.switch_on(CROSSDOCK, reason)


class ReadOnlyGuard:
    """Decides whether a process may change Amazon and Commerce, and records the changes that it does not send."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        """Look into *ledger*, at most every five seconds."""
        self._ledger = ledger
        self._by_setting = settings.read_only
        self._is_on = True
        self._read_at = -REFRESH_SECONDS

    def is_on(self) -> bool:
        """Whether nothing may be sent. Raises RetryableError when that is unknown."""
        if not self._by_setting and monotonic() - self._read_at > REFRESH_SECONDS:
            with self._ledger.read() as work:
                places, mode = work.read_only.places(), work.read_only.current()
            self._is_on = mode is not None or bool(places and self._ledger.place() not in places)
            self._read_at = monotonic()
        return self._by_setting or self._is_on

    def withhold(self, request: str, keys: "Sequence[OrderKey]") -> None:
        """Record requests that were not sent."""
        with self._ledger.begin() as work:
            work.read_only.withhold(request, keys)


def show_read_only(context: Context, limit: int) -> ReadOnlyStatus:
    """Return the status, with at most *limit* of the changes that were not sent."""
    place = context.ledger.place()
    with context.ledger.read() as work:
        return ReadOnlyStatus(
            mode=work.read_only.current(),
            by_setting=context.settings.read_only,
            place=place,
            is_known_place=place in work.read_only.places(),
            withheld_count=work.read_only.count_withheld(),
            withheld=tuple(work.read_only.withheld(limit)),
        )


def switch_on(context: Context, *, actor: str, why: str) -> ReadOnlyMode:
    """Switch read-only mode on. Raises RefusedActionError when it is on."""
    with context.ledger.begin() as work:
        if work.read_only.current() is not None:
            raise RefusedActionError("Read-only mode is on already.")
        work.read_only.switch_on(actor, why)
        record_action(work, actor, "read_only.on", "read-only mode", why)
        return ReadOnlyMode(since=work.now, who=actor, reason=why)


def release(context: Context, *, actor: str, why: str) -> str:
    """Switch read-only mode off, and take the database's present place for the original's; return the place.

    Raises RefusedActionError while the setting has it on, or when it is off and the place is known.
    """
    if context.settings.read_only:
        raise RefusedActionError(f"{PREFIX}READ_ONLY is set: unset it, and restart all processes that have it.")
    place = context.ledger.place()
    with context.ledger.begin() as work:
        if work.read_only.current() is None and place in work.read_only.places():
            raise RefusedActionError("Read-only mode is off.")
        work.read_only.learn_place(place)
        work.read_only.switch_off()
        record_action(work, actor, "read_only.release", "read-only mode", why, {"place": place})
    return place


def read_only_sentence(work: UnitOfWork) -> str | None:
    """Return a sentence about read-only mode, for the head of every list; None while it is off."""
    mode = work.read_only.current()
    if mode is None:
        return None
    withheld = work.read_only.count_withheld()
    kept = f" Not sent: {withheld:,}." if withheld else ""
    return (
        f"Read-only mode since {mode.since:%Y-%m-%d %H:%M} UTC: nothing is sent to Amazon and Commerce. {mode.reason}"
        f"{kept} {RELEASE} ends it."
    )
