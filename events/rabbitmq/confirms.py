"""The receipt of one publication to RabbitMQ."""

import threading
from collections.abc import Callable

from events.errors import BrokerUnavailableError, UnroutableError


class RabbitReceipt:
    """Settled when the broker answered for every message, or when it no longer can."""

    def __init__(self, messages: int, abandon: Callable[["RabbitReceipt"], None]) -> None:
        """Await the answers to a number of messages; *abandon* is told when the wait was in vain."""
        self._messages = messages
        self._left = messages
        self._abandon = abandon
        self._refused = 0
        self._missing: list[str] = []
        self._problem: BrokerUnavailableError | UnroutableError | None = None
        self._ending = threading.Lock()
        self._settled = threading.Event()
        self._then: Callable[[], None] | None = None
        if not messages:
            self._settled.set()

    @property
    def settled(self) -> bool:
        """Whether `wait` would return or raise at once."""
        return self._settled.is_set()

    def then(self, done: Callable[[], None]) -> None:
        """Have *done* called once it is settled, in the connection's thread; at once if it is."""
        with self._ending:
            self._then = None if self.settled else done
        if self._then is None:
            done()

    def wait(self, timeout: float) -> None:
        """Return once all are confirmed; see `events.bus.Receipt`."""
        if not self._settled.wait(timeout):
            self._abandon(self)
            self.fail(
                f"RabbitMQ did not confirm {self._messages} messages within {timeout:g} s"
                " (it may be blocked by a memory or disk alarm): publish them again, repeats are harmless."
            )
        if self._problem is not None:
            raise self._problem

    def answered(self, messages: int, *, refused: bool) -> None:
        """Count answers of the broker. For the connection's thread."""
        self._left -= messages
        self._refused += messages if refused else 0
        if self._left <= 0:
            self._end(self._verdict())

    def returned(self, queue: str) -> None:
        """Note that a queue does not exist; the message is confirmed afterwards all the same."""
        self._missing.append(queue)

    def fail(self, problem: str) -> None:
        """Give up, unless all was answered."""
        self._end(BrokerUnavailableError(problem))

    def _verdict(self) -> BrokerUnavailableError | UnroutableError | None:
        if self._refused:
            return BrokerUnavailableError(
                f"RabbitMQ refused {self._refused} of {self._messages} messages: publish them again later."
            )
        if self._missing:
            return UnroutableError(
                f'The queue "{self._missing[0]}" does not exist, so {len(self._missing)} of {self._messages} messages'
                " could not be delivered: run `crossdock topology apply`."
            )
        return None

    def _end(self, problem: BrokerUnavailableError | UnroutableError | None) -> None:
        with self._ending:
            if self._settled.is_set():
                return
            self._problem = problem
            self._settled.set()
            told = self._then
        if told is not None:
            told()
