"""Wrappers of gateways, ledger and bus that fail or wait on purpose."""

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
    """Gateways that fail while `away`, and that call `meanwhile` before they answer."""

    def __init__(self, gateways: Gateways) -> None:
        """Wrap the real ones."""
        self._gateways = gateways
        self.away = False
        self.retry_after: float | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.asked = 0

    def start(self, requests: Sequence[Request]) -> list[Result]:
        """Answer, or fail each request as unavailable."""
        return self.perform(requests)

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Answer, or fail each request as unavailable."""
        self.asked += len(requests)
        self.meanwhile()
        if self.away:
            return [RetryableError("Commerce is away.", self.retry_after) for _ in requests]
        return self._gateways.perform(requests)


class AwayLedger:
    """A ledger whose first transactions fail."""

    def __init__(self, ledger: Ledger, failures: int, error: Exception | None = None) -> None:
        """Fail this number of transactions, then use the real one."""
        self._ledger = ledger
        self._error = error or LedgerUnavailableError("The database cannot be used right now.")
        self.failures = failures
        self.fail_commits = False

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
            if self.fail_commits:
                raise self._error


def away(ledger: Ledger, failures: int, error: Exception | None = None) -> Ledger:
    """Return a ledger that is unavailable for this number of transactions."""
    return cast("Ledger", AwayLedger(ledger, failures, error))


class HeldConfirmation:
    """A confirmation that a test completes."""

    def __init__(self, confirmation: Confirmation) -> None:
        """Wrap the real one."""
        self._confirmation = confirmation
        self.done = False
        self.fails = False
        self.error: BrokerUnavailableError = BrokerUnavailableError("RabbitMQ did not confirm.")

    def add_done_callback(self, done: Callable[[], None]) -> None:
        """Never call: a test completes it by waiting."""

    def wait(self, timeout: float) -> None:
        """Wait for the real confirmation, or fail as unconfirmed."""
        if self.fails:
            raise self.error
        self.done = True
        self._confirmation.wait(timeout)


class WatchedBus:
    """A bus that records the ids of published batches and their confirmations."""

    def __init__(self, bus: Bus) -> None:
        """Wrap the real one."""
        self._bus = bus
        self.published: list[list[str]] = []
        self.receipts: list[HeldConfirmation] = []
        self.spare = 0
        self.fail_next = 0
        self.fail_with: BrokerUnavailableError = BrokerUnavailableError("RabbitMQ did not confirm.")

    def publish(self, messages: Sequence[Message]) -> HeldConfirmation:
        """Publish, and record the confirmation."""
        self.published.append([message.id for message in messages])
        confirmation = HeldConfirmation(self._bus.publish(messages))
        if self.spare > 0:
            self.spare -= 1
        elif self.fail_next > 0:
            self.fail_next -= 1
            confirmation.fails, confirmation.error = True, self.fail_with
        self.receipts.append(confirmation)
        return confirmation

    def __getattr__(self, name: str) -> Any:
        """Delegate everything else to the real one."""
        return getattr(self._bus, name)


def watched(bus: Bus) -> tuple[Bus, WatchedBus]:
    """Return a recording bus, typed as a bus and as its recorder."""
    watching = WatchedBus(bus)
    return cast("Bus", watching), watching
