"""Attempts at creating an order that nothing in Commerce keeps from succeeding twice; kept in the ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateways.errors import CallRefusedError
from gateways.simulator.documents import Document, DocumentStore, lock_side
from schemas.errors import RetryableError
from schemas.order import OrderKey

ATTEMPT = "commerce.attempt"
LANES = 64
"""Locks for the attempts of all orders, so that two processes make one attempt for an order."""

CALL_TIME = 120.0
"""Seconds after which a call that creates an order is not under way any more; its limit is a minute."""

WITHOUT_CART = 0


class Attempts:
    """The latest attempt for each order: its cart, and when it began. A refused attempt is over at once."""

    def __init__(self, documents: DocumentStore, clock: Callable[[], float]) -> None:
        """Keep attempts in *documents*; *clock* returns seconds, the same for all processes."""
        self._documents = documents
        self._clock = clock

    def cart_of(self, key: OrderKey) -> int | None:
        """Return the cart of the latest attempt, None if there was none."""
        name = "/".join(key)
        with self._documents.begin() as transaction:
            kept = transaction.get_many(ATTEMPT, [name], lock=False).get(name)
        return kept["cart_id"] if kept else None

    @contextmanager
    def attempt(self, key: OrderKey, cart_id: int, instead_of: int | None) -> Iterator[None]:
        """Begin an attempt, *instead_of* one whose order was looked for in vain; the block makes the creating call.

        Raises RetryableError while the earlier attempt, or one of another process, may still create the order.
        """
        name = "/".join(key)
        with self._documents.begin() as transaction:
            lock_side(transaction, f"{ATTEMPT}.{sum(name.encode()) % LANES}")
            kept = transaction.get_many(ATTEMPT, [name], lock=False).get(name)
            self._refuse_too_early(key, kept, instead_of)
            transaction.put_many(ATTEMPT, {name: {"cart_id": cart_id, "at": self._clock()}})
        try:
            yield
        except CallRefusedError:
            with self._documents.begin() as transaction:
                transaction.put_many(ATTEMPT, {name: {"cart_id": cart_id, "at": 0.0}})
            raise

    def _refuse_too_early(self, key: OrderKey, kept: Document | None, instead_of: int | None) -> None:
        wait = CALL_TIME - (self._clock() - kept["at"]) if kept else 0.0
        if kept and (kept["cart_id"] != instead_of or wait > 0):
            problem = f"An earlier attempt may still create the Commerce order of {key[1]}; it is looked for again."
            raise RetryableError(problem, max(1.0, wait))
