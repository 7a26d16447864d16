"""Ends that fail or wait on purpose, around the real ones."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from events.bus import Bus, Confirmation
from events.errors import BrokerUnavailableError
from gateways.port import Gateways, Result
from ledger.errors import LedgerUnavailableError
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork
from schemas.errors import RetryableError
from schemas.gateway_requests import Request
from schemas.message import Message


class FlakyGateways:
    """Gateways that are away while `away`, and that let something happen before they answer."""

    def __init__(self, gateways: Gateways) -> None:
        """Stand before the real ones."""
        self._gateways = gateways
        self.away = False
        self.retry_after: float | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.asked = 0

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Answer, or say for each request that nobody is there."""
        self.asked += len(requests)
        self.meanwhile()
        if self.away:
            return [RetryableError("Commerce is away.", self.retry_after) for _ in requests]
        return self._gateways.perform(requests)


class AwayLedger:
    """A ledger whose first transactions fail."""

    def __init__(self, ledger: Ledger, failures: int, error: Exception | None = None) -> None:
        """Fail so often before the real one answers."""
        self._ledger = ledger
        self._error = error or LedgerUnavailableError("The database cannot be used right now.")
        self.failures = failures

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction, or fail."""
        return self._transaction(self._ledger.begin)

    def begin_ahead(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction, or fail."""
        return self._transaction(self._ledger.begin_ahead)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction for reading, or fail."""
        return self._transaction(self._ledger.read)

    @contextmanager
    def _transaction(self, begin: Callable[[], AbstractContextManager[UnitOfWork]]) -> Iterator[UnitOfWork]:
        if self.failures > 0:
            self.failures -= 1
            raise self._error
        with begin() as work:
            yield work


def away(ledger: Ledger, failures: int, error: Exception | None = None) -> Ledger:
    """Return a ledger that is away for so many transactions."""
    return cast("Ledger", AwayLedger(ledger, failures, error))


class HeldConfirmation:
    """A receipt that a test settles."""

    def __init__(self, receipt: Confirmation) -> None:
        """Hold the real one back."""
        self._receipt = receipt
        self.done = False
        self.fails = False

    def add_done_callback(self, done: Callable[[], None]) -> None:
        """Never call: a test settles it by waiting."""

    def wait(self, timeout: float) -> None:
        """Return, or say that the broker did not confirm."""
        if self.fails:
            raise BrokerUnavailableError("RabbitMQ did not confirm.")
        self.done = True
        self._receipt.wait(timeout)


class WatchedBus:
    """A bus that notes what was published, in lists, and holds the receipts."""

    def __init__(self, bus: Bus) -> None:
        """Stand before the real one."""
        self._bus = bus
        self.published: list[list[str]] = []
        self.receipts: list[HeldConfirmation] = []
        self.spare = 0
        self.fail_next = 0

    def publish(self, messages: Sequence[Message]) -> HeldConfirmation:
        """Publish, and hold the receipt."""
        self.published.append([message.id for message in messages])
        receipt = HeldConfirmation(self._bus.publish(messages))
        if self.spare > 0:
            self.spare -= 1
        elif self.fail_next > 0:
            self.fail_next -= 1
            receipt.fails = True
        self.receipts.append(receipt)
        return receipt

    def __getattr__(self, name: str) -> Any:
        """Do all else as the real one does."""
        return getattr(self._bus, name)


def watched(bus: Bus) -> tuple[Bus, WatchedBus]:
    """Return a watched bus, as a bus and as what watches it."""
    watching = WatchedBus(bus)
    return cast("Bus", watching), watching
