"""Attempts at creating an order that nothing in Commerce keeps from succeeding twice; kept in the ledger."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gateways.errors import CallRefusedError, ThrottledError
from gateways.simulator.documents import DocumentStore, DocumentTransaction
from schemas.errors import RetryableError
from schemas.order import OrderKey

ATTEMPT = "commerce.attempt"
CALL_TIME = 120.0
"""Seconds after which a call that creates an order is not under way any more; its limit is a minute."""

WITHOUT_CART = 0
NEVER = 0.0
UNCERTAIN = -2
"""Equal to no address's stamp."""


class EarlierAttemptError(RetryableError):
    """An earlier attempt, or one of another process, may still create the order; it is looked for again."""

    is_outage = False

    def __init__(self, key: OrderKey, retry_after: float) -> None:
        """Take the order, and the seconds until it is known."""
        super().__init__(f"An earlier attempt may still create the Commerce order of {key[1]}.", max(1.0, retry_after))


class Attempt(NamedTuple):
    """The latest attempt for an order: its cart, the view that the cart is in, and when a creating call was begun.

    `address_stamp` is that of the address in the call (see CreateOrder), None where it was not kept, and UNCERTAIN when
    two calls with different addresses may have created the order.
    """

    cart_id: int
    store_view: str = ""
    at: float = NEVER
    address_stamp: int | None = None


class Attempts:
    """The latest attempt for each order: the first is a row that one process inserts, a later one locks that row."""

    def __init__(self, documents: DocumentStore, clock: Callable[[], float]) -> None:
        """Keep attempts in *documents*; *clock* returns seconds, the same for all processes."""
        self._documents = documents
        self._clock = clock

    def latest(self, key: OrderKey) -> Attempt | None:
        """Return the latest attempt, None if there was none."""
        return self.latest_of([key]).get(key)

    def latest_of(self, keys: Collection[OrderKey]) -> dict[OrderKey, Attempt]:
        """Return the latest attempt of each order that has one."""
        with self._documents.begin() as transaction:
            return _read_many(transaction, keys)

    def begun_before(self, instant: float, after: str, limit: int) -> tuple[list[OrderKey], str | None]:
        """Return the orders with an attempt from before an instant, among *limit* that follow the name *after*.

        The second value is the name to go on after, None at the end.
        """
        with self._documents.begin() as transaction:
            page = transaction.list(ATTEMPT, after, limit)
        old = [_key_of(name) for name, kept in page if kept["at"] < instant]
        return old, page[-1][0] if len(page) == limit else None

    def delete(self, keys: Collection[OrderKey]) -> None:
        """Forget the attempts of orders that are never created again."""
        with self._documents.begin() as transaction:
            transaction.delete_many(ATTEMPT, ["/".join(key) for key in keys])

    def keep_cart(self, key: OrderKey, attempt: Attempt, instead_of: Attempt | None) -> None:
        """Keep the cart of a new attempt, *instead_of* one that cannot create the order any more.

        Raises EarlierAttemptError when it may, and when another process has kept a cart meanwhile: one is placed only.
        """
        with self._documents.begin() as transaction:
            if instead_of is None and _add(transaction, key, attempt):
                return
            kept = _read_locked(transaction, key)
            wait = self.seconds_left(kept)
            if wait > 0 or (kept and kept.cart_id) != (instead_of and instead_of.cart_id):
                raise EarlierAttemptError(key, wait)
            _write(transaction, key, attempt)

    def begin_placing(self, key: OrderKey, attempt: Attempt) -> Attempt:
        """Note that the attempt's cart is placed from now on: once, by the call that comes first. Return what is kept.

        The call is repeated at once, so one that is refused or throttled in the end may have been carried out. Raises
        EarlierAttemptError when another process has kept another cart meanwhile.
        """
        with self._documents.begin() as transaction:
            kept = _read_locked(transaction, key)
            if kept is None or kept.cart_id != attempt.cart_id:
                raise EarlierAttemptError(key, self.seconds_left(kept))
            return self._begin(transaction, key, kept, attempt)

    def begin_repeatable(self, key: OrderKey, address_stamp: int) -> None:
        """Note that an order is created from now on by a call that Commerce carries out once only."""
        attempt = Attempt(WITHOUT_CART, address_stamp=address_stamp)
        with self._documents.begin() as transaction:
            if not _add(transaction, key, attempt._replace(at=self._clock())):
                self._begin(transaction, key, _read_locked(transaction, key), attempt)

    @contextmanager
    def creating(self, key: OrderKey, address_stamp: int) -> Iterator[None]:
        """Begin an attempt without a cart, over at once when the block's creating call was not carried out.

        Raises EarlierAttemptError.
        """
        attempt = Attempt(WITHOUT_CART, address_stamp=address_stamp)
        with self._documents.begin() as transaction:
            if not _add(transaction, key, attempt._replace(at=self._clock())):
                if (wait := self.seconds_left(_read_locked(transaction, key))) > 0:
                    raise EarlierAttemptError(key, wait)
                _write(transaction, key, attempt._replace(at=self._clock()))
        try:
            yield
        except (CallRefusedError, ThrottledError):
            with self._documents.begin() as transaction:
                _write(transaction, key, Attempt(WITHOUT_CART))
            raise

    def seconds_left(self, attempt: Attempt | None) -> float:
        """Return for how many seconds a creating call may still be under way."""
        return max(0.0, CALL_TIME - (self._clock() - attempt.at)) if attempt and attempt.at else 0.0

    def _begin(
        self, transaction: DocumentTransaction, key: OrderKey, kept: Attempt | None, attempt: Attempt
    ) -> Attempt:
        is_other = kept is not None and kept.at != NEVER and kept.address_stamp != attempt.address_stamp
        begun = attempt._replace(at=self._clock(), address_stamp=UNCERTAIN if is_other else attempt.address_stamp)
        _write(transaction, key, begun)
        return begun


def _key_of(name: str) -> OrderKey:
    store_id, _, order_id = name.rpartition("/")
    return store_id, order_id


def _read_locked(transaction: DocumentTransaction, key: OrderKey) -> Attempt | None:
    """Return an order's latest attempt, which no other process changes until the transaction ends."""
    return _read_many(transaction, [key], lock=True).get(key)


def _read_many(
    transaction: DocumentTransaction, keys: Collection[OrderKey], *, lock: bool = False
) -> dict[OrderKey, Attempt]:
    by_name = {"/".join(key): key for key in keys}
    kept = transaction.get_many(ATTEMPT, by_name, lock)
    return {by_name[name]: Attempt(**document) for name, document in kept.items()}


def _add(transaction: DocumentTransaction, key: OrderKey, attempt: Attempt) -> bool:
    """Write an order's first attempt; False if there is one already."""
    return transaction.add(ATTEMPT, "/".join(key), attempt._asdict())


def _write(transaction: DocumentTransaction, key: OrderKey, attempt: Attempt) -> None:
    transaction.put_many(ATTEMPT, {"/".join(key): attempt._asdict()})
