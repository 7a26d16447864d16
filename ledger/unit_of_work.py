"""One transaction on the ledger: the repositories that read and write in it, and how it ends."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime

from ledger import batches
from ledger.batches import BatchLookup, BatchRecord, MessageRef
from ledger.dead_letters.actions import DeadLetterActions
from ledger.dead_letters.attempts import DeliveryAttempts
from ledger.dead_letters.audit_log import AuditLog
from ledger.dead_letters.letters import DeadLetters
from ledger.dead_letters.replay_queries import ReplaySelection
from ledger.dead_letters.replays import Replays
from ledger.errors import LedgerError
from ledger.messages.delivery_audit import Deliveries
from ledger.messages.early_events import EarlyEvents
from ledger.messages.inbox import Inbox
from ledger.messages.outbox import Outbox
from ledger.messages.unanswered import Unanswered
from ledger.orders.history import History
from ledger.orders.matches import Matches
from ledger.orders.orders import Orders
from ledger.orders.stores import Stores
from ledger.orders.vault import Vault
from ledger.orders.wake_ups import WakeUps
from ledger.retention import Retention
from ledger.schedules import Schedules
from ledger.sql.rows import NOTHING_SENT
from ledger.transaction import Transaction


class UnitOfWork:
    """What can be read and written in one transaction: one repository a subject.

    On PostgreSQL each of their methods is a constant number of statements, whatever it is given; SQLite takes five
    hundred keys a statement.
    """

    def __init__(self, tx: Transaction) -> None:
        """Work in this open transaction."""
        self._tx = tx
        self._record: tuple[str, BatchRecord] | None = None
        self._sent = NOTHING_SENT
        self._ending: ExitStack | None = None
        self.has_dependents = False
        """Whether, once the transaction has ended, events or dead letters may wait for an order that it recorded."""
        self.orders = Orders(tx)
        self.history = History(tx)
        self.stores = Stores(tx)
        self.matches = Matches(tx)
        self.vault = Vault(tx)
        self.wake_ups = WakeUps(tx)
        self.inbox = Inbox(tx)
        self.outbox = Outbox(tx)
        self.early_events = EarlyEvents(tx)
        self.unanswered = Unanswered(tx)
        self.deliveries = Deliveries(tx)
        self.dead_letters = DeadLetters(tx)
        self.letter_actions = DeadLetterActions(tx)
        self.attempts = DeliveryAttempts(tx)
        self.replays = Replays(tx)
        self.replay_selection = ReplaySelection(tx)
        self.audit_log = AuditLog(tx)
        self.schedules = Schedules(tx)
        self.retention = Retention(tx)

    @property
    def now(self) -> datetime:
        """The instant at which the transaction began."""
        return self._tx.now

    def look_up(self, consumer: str, messages: Sequence[MessageRef], lock: bool) -> BatchLookup:
        """Return what a consumer has handled of these messages, their orders and stores, in one statement.

        With *lock* the orders are locked in key order, recorded or not: nobody else writes or records them, or sets an
        event aside for them. It holds for the orders of handled messages, too. Nor does anybody change their stores.
        """
        return batches.look_up(self._tx, consumer, messages, lock)

    def record(self, consumer: str, record: BatchRecord) -> None:
        """Write what a batch came to last, together with the commit: orders, history, what *consumer* handled.

        Each order bears the version it shall have: 1 when new, else one more than was read. Messages are marked as by
        `inbox.mark`. The end of the transaction raises OrderChangedMeanwhileError when not all of it can be written.
        Raises LedgerError when the transaction has a record already.
        """
        if self._record:
            raise LedgerError("A transaction takes one batch record; open another for the next batch.")
        self._record = consumer, record

    def send(self) -> bool:
        """Send the batch record; return whether the commit travels with it. For the ledger."""
        if self._record:
            self._sent = batches.send(self._tx, *self._record)
        return self._sent.commits

    def refuse_record(self) -> None:
        """Raise LedgerError when there is a batch record. For the ledger, in a transaction for reading."""
        if self._record:
            raise LedgerError("A transaction for reading was given something to write; open it with `begin`.")

    def end_by(self, ending: ExitStack) -> None:
        """Take over what is to be closed when the transaction has ended. For the ledger."""
        self._ending = ending

    def wait(self) -> None:
        """Wait until the transaction has ended. Raises as its end does; once it has ended, this does nothing."""
        ending, self._ending = self._ending, None
        if ending:
            with ending:
                self.has_dependents = self._sent.wait() > 0
