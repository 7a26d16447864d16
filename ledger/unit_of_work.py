"""One transaction on the ledger: the repositories that read and write in it, and how it ends."""

from collections.abc import Sequence
from datetime import datetime

from ledger import batches
from ledger.batches import BatchLookup, BatchRecord, MessageRef
from ledger.communication_errors import CommunicationErrors
from ledger.cursors import Cursors
from ledger.database.session import Session
from ledger.dead_letters.actions import DeadLetterActions
from ledger.dead_letters.attempts import DeliveryAttempts
from ledger.dead_letters.audit_log import AuditLog
from ledger.dead_letters.letters import DeadLetters
from ledger.dead_letters.replay_queries import ReplaySelection
from ledger.dead_letters.replays import Replays
from ledger.dead_letters.unopened import UnopenedMessages
from ledger.destruction import Destruction
from ledger.encryption.name_keys import words_of
from ledger.errors import LedgerError
from ledger.figures import FigureQueries
from ledger.incarnations import Incarnations
from ledger.key_rotation import KeyRotation
from ledger.messages.delivery_audit import Deliveries
from ledger.messages.early_events import EarlyEvents
from ledger.messages.inbox import Inbox
from ledger.messages.outbox import Outbox
from ledger.messages.publisher_tokens import PublisherTokens
from ledger.messages.publishers import Publishers
from ledger.messages.refused import RefusedMessages
from ledger.messages.unanswered import Unanswered
from ledger.orders.backfills import Backfills
from ledger.orders.changed_orders import ChangedOrders
from ledger.orders.changed_shipments import ChangedShipments
from ledger.orders.history import History
from ledger.orders.lists import OrderLists
from ledger.orders.matches import Matches
from ledger.orders.order_sweeps import OrderSweeps
from ledger.orders.orders import Orders
from ledger.orders.sales import Sales
from ledger.orders.stores import Stores
from ledger.orders.vault import Vault
from ledger.orders.wake_ups import WakeUps
from ledger.people.api_tokens import ApiTokens
from ledger.people.saved_views import SavedViews
from ledger.people.sessions import Sessions
from ledger.people.users import Users
from ledger.processes import Processes
from ledger.rate_buckets import RateBuckets
from ledger.read_only import ReadOnlyModes
from ledger.reconciliations import Reconciliations
from ledger.record_retention import RecordRetention
from ledger.retention import Retention
from ledger.schedules import Schedules
from ledger.sql.rows import LastWrite
from ledger.transaction import Transaction
from schemas.order_filters import BuyerKeys


class UnitOfWork:
    """One transaction: a repository for each subject, and the commit.

    On PostgreSQL a method of a repository executes a constant number of statements, however many rows it is passed;
    on SQLite one for five hundred keys.
    """

    def __init__(self, tx: Transaction, session: Session) -> None:
        """Work in the transaction *tx*, which ends with *session*."""
        self._tx, self._last_write = tx, LastWrite()
        self._session: Session | None = session
        self._record: tuple[str, BatchRecord] | None = None
        self.has_dependents = False
        """Whether, after the commit, deferred events or dead letters may depend on an order that was recorded."""
        self.orders = Orders(tx)
        self.order_lists = OrderLists(tx)
        self.sales = Sales(tx)
        self.history = History(tx)
        self.stores = Stores(tx)
        self.matches = Matches(tx)
        self.vault = Vault(tx)
        self.wake_ups = WakeUps(tx)
        self.inbox = Inbox(tx)
        self.outbox = Outbox(tx)
        self.publishers = Publishers(tx)
        self.publisher_tokens = PublisherTokens(tx)
        self.refused = RefusedMessages(tx)
        self.early_events = EarlyEvents(tx)
        self.unanswered = Unanswered(tx)
        self.deliveries = Deliveries(tx)
        self.dead_letters = DeadLetters(tx)
        self.letter_actions = DeadLetterActions(tx)
        self.unopened = UnopenedMessages(tx)
        self.attempts = DeliveryAttempts(tx)
        self.replays = Replays(tx)
        self.replay_selection = ReplaySelection(tx)
        self.audit_log = AuditLog(tx)
        self.communication_errors = CommunicationErrors(tx)
        self.rate_buckets = RateBuckets(tx)
        self.changed_orders = ChangedOrders(tx)
        self.changed_shipments = ChangedShipments(tx)
        self.cursors = Cursors(tx)
        self.processes = Processes(tx)
        self.read_only = ReadOnlyModes(tx)
        self.reconciliations = Reconciliations(tx)
        self.users = Users(tx)
        self.sessions = Sessions(tx)
        self.api_tokens = ApiTokens(tx)
        self.saved_views = SavedViews(tx)
        self.order_sweeps, self.backfills = OrderSweeps(tx), Backfills(tx)
        self.schedules = Schedules(tx)
        self.retention = Retention(tx)
        self.record_retention = RecordRetention(tx)
        self.figures = FigureQueries(tx)
        self.destruction = Destruction(tx)
        self.key_rotation = KeyRotation(tx)

    @property
    def incarnations(self) -> Incarnations:
        """The incarnations of the database."""
        return Incarnations(self._tx)

    @property
    def now(self) -> datetime:
        """The instant at which the transaction began."""
        return self._tx.now

    def decrypt_upstream(self, compact: str) -> bytes:
        """Return the content of a JWE that an upstream system made for the vault's public key. Raises CipherError."""
        return self._tx.cipher.recipient.decrypt(compact)

    def buyer_keys(self, name: str) -> BuyerKeys:
        """Return the keys by which a buyer's name is searched, () for one without a word."""
        words = words_of([name])
        return tuple(tuple(keys.keys(words)) for keys in self._tx.cipher.name_keys) if words else ()

    def look_up(self, consumer: str, messages: Sequence[MessageRef], lock: bool) -> BatchLookup:
        """Return the inbox rows of these messages at a consumer, their orders and stores, in one statement.

        With *lock* the orders, those of handled messages too, are locked in key order, recorded or not: no other
        transaction writes or records them, defers an event for them, or changes their stores.
        """
        return batches.look_up(self._tx, consumer, messages, lock)

    def record(self, consumer: str, record: BatchRecord) -> None:
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
            self._last_write = batches.send(self._tx, *self._record)
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
