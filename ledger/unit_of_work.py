"""One transaction on the ledger: the repositories that read and write in it, and how it ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.database.session import Session
from ledger.encryption.name_keys import words_of
from ledger.errors import LedgerError
from ledger.repositories import Repositories
from ledger.sql.rows import LastWrite
from ledger.transaction import Transaction

if TYPE_CHECKING:  # at run time only a writer of batches needs them
    from ledger.batches import BatchLookup, BatchRecord, MessageRef
    from schemas.order_filters import BuyerKeys


class UnitOfWork(Repositories):
    """One transaction: a repository for each subject, and the commit."""

    def __init__(self, tx: Transaction, session: Session) -> None:
        """Work in the transaction *tx*, which ends with *session*."""
        super().__init__(tx)
        self._session: Session | None = session
        self._record: tuple[str, BatchRecord] | None = None
        self._last_write = LastWrite()
        self.has_dependents = False
        """Whether, after the commit, deferred events or dead letters may depend on an order that was recorded."""

    @property
    def now(self) -> datetime:
        """The instant at which the transaction began."""
        return self._tx.now

    def decrypt_upstream(self, compact: str) -> bytes:
        """Return the content of a JWE that an upstream system made for the vault's public key. Raises CipherError."""
        return self._tx.cipher.recipient.decrypt(compact)

    def buyer_keys(self, name: str) -> "BuyerKeys":
        """Return the keys by which a buyer's name is searched, () for one without a word."""
        words = words_of([name])
        return tuple(tuple(keys.keys(words)) for keys in self._tx.cipher.name_keys) if words else ()

    def look_up(self, consumer: str, messages: "Sequence[MessageRef]", lock: bool) -> "BatchLookup":
        """Return the inbox rows of these messages at a consumer, their orders and stores, in one statement.

        With *lock* the orders, those of handled messages too, are locked in key order, recorded or not: no other
        transaction writes or records them, defers an event for them, or changes their stores.
        """
        return self.batches.look_up(consumer, messages, lock)

    def record(self, consumer: str, record: "BatchRecord") -> None:
        """Write orders, history and inbox rows of *consumer* at the end of the transaction, together with the commit.

        Each order has its new version: 1 when it is new, else one more than was read. Messages are marked as by
        `inbox.mark`. The end of the transaction raises OrderChangedMeanwhileError unless all of it is written. Raises
        LedgerError when the transaction has a record already.
        """
        if self._record:
            raise LedgerError("A transaction takes one batch record; open another for the next batch.")
        self._record = consumer, record

    def send(self) -> bool:
        """Send the batch record; return whether that is done, else the commit travels with it. For the ledger."""
        if self._record:
            self._last_write = self.batches.send(*self._record)
        return self._last_write.done

    def refuse_record(self) -> None:
        """Raise LedgerError when there is a batch record. For the ledger, in a transaction that only reads."""
        if self._record:
            raise LedgerError("A transaction for reading was given something to write; open it with `begin`.")

    def wait(self) -> None:
        """Wait until the transaction is committed. Raises as `Ledger.begin` does; a second call does nothing."""
        session, self._session = self._session, None
        if session:
            with session:
                self.has_dependents = self._last_write.result() > 0
