"""Attempts at creating an order that nothing in Commerce keeps from succeeding twice; kept in the ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gateways.errors import CallRefusedError, ThrottledError
from gateways.simulator.documents import DocumentStore, DocumentTransaction, lock_side
from schemas.errors import RetryableError
from schemas.order import OrderKey

ATTEMPT = "commerce.attempt"
LANES = 64
"""Locks for the attempts of all orders, so that two processes make one attempt for an order."""

CALL_TIME = 120.0
"""Seconds after which a call that creates an order is not under way any more; its limit is a minute."""

WITHOUT_CART = 0
NEVER = 0.0


class EarlierAttemptError(RetryableError):
    """An earlier attempt, or one of another process, may still create the order; it is looked for again."""

    is_outage = False

    def __init__(self, key: OrderKey, retry_after: float) -> None:
        """Take the order, and the seconds until it is known."""
        super().__init__(f"An earlier attempt may still create the Commerce order of {key[1]}.", max(1.0, retry_after))


class Attempt(NamedTuple):
    """The latest attempt for an order: its cart, the view that the cart is in, and when a creating call was begun."""

    cart_id: int
    store_view: str = ""
    at: float = NEVER


class Attempts:
    """The latest attempt for each order."""

    def __init__(self, documents: DocumentStore, clock: Callable[[], float]) -> None:
        """Keep attempts in *documents*; *clock* returns seconds, the same for all processes."""
        self._documents = documents
        self._clock = clock

    def latest(self, key: OrderKey) -> Attempt | None:
        """Return the latest attempt, None if there was none."""
        with self._documents.begin() as transaction:
            return _read(transaction, key)

    def keep_cart(self, key: OrderKey, attempt: Attempt, instead_of: Attempt | None) -> None:
        """Keep the cart of a new attempt, *instead_of* one that cannot create the order any more.

        Raises EarlierAttemptError when it may, and when another process has kept a cart meanwhile: one is placed only.
        """
        with self._locked(key) as transaction:
            kept = _read(transaction, key)
            wait = self.seconds_left(kept)
            if wait > 0 or (kept and kept.cart_id) != (instead_of and instead_of.cart_id):
                raise EarlierAttemptError(key, wait)
            _write(transaction, key, attempt)

    def begin_placing(self, key: OrderKey, attempt: Attempt) -> None:
        """Note that the cart is placed from now on: it can be placed once, by the call that comes first.

        The call is repeated at once, so one that is refused or throttled in the end may have been carried out. Raises
        EarlierAttemptError when another process has kept another cart meanwhile.
        """
        with self._locked(key) as transaction:
            kept = _read(transaction, key)
            if kept is None or kept.cart_id != attempt.cart_id:
                raise EarlierAttemptError(key, self.seconds_left(kept))
            _write(transaction, key, attempt._replace(at=self._clock()))

    @contextmanager
    def creating(self, key: OrderKey) -> Iterator[None]:
        """Begin an attempt without a cart, over at once when the block's creating call was not carried out.

        Raises EarlierAttemptError.
        """
        with self._locked(key) as transaction:
            if (wait := self.seconds_left(_read(transaction, key))) > 0:
                raise EarlierAttemptError(key, wait)
            _write(transaction, key, Attempt(WITHOUT_CART, at=self._clock()))
        try:
            yield
        except (CallRefusedError, ThrottledError):
            with self._documents.begin() as transaction:
                _write(transaction, key, Attempt(WITHOUT_CART))
            raise

    def seconds_left(self, attempt: Attempt | None) -> float:
        """Return for how many seconds a creating call may still be under way."""
        return max(0.0, CALL_TIME - (self._clock() - attempt.at)) if attempt and attempt.at else 0.0

    @contextmanager
    def _locked(self, key: OrderKey) -> Iterator[DocumentTransaction]:
        with self._documents.begin() as transaction:
            lock_side(transaction, f"{ATTEMPT}.{sum('/'.join(key).encode()) % LANES}")
            yield transaction


def _read(transaction: DocumentTransaction, key: OrderKey) -> Attempt | None:
    name = "/".join(key)
    kept = transaction.get_many(ATTEMPT, [name], lock=False).get(name)
    return Attempt(kept["cart_id"], kept.get("store_view", ""), kept["at"]) if kept else None


def _write(transaction: DocumentTransaction, key: OrderKey, attempt: Attempt) -> None:
    transaction.put_many(ATTEMPT, {"/".join(key): attempt._asdict()})
