"""One transaction on the ledger: everything that is read and written together, by name."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

from ledger import batches, retention, schedules
from ledger.batches import BatchLookup, BatchRecord, MessageRef
from ledger.dead_letters import letters
from ledger.dead_letters.facade import LetterWork
from ledger.errors import LedgerError
from ledger.messages import early_events, inbox, outbox, unanswered
from ledger.messages.outbox import Claimed, OnUndecryptable
from ledger.orders import matches, orders, stores, vault, wake_ups
from ledger.orders.matches import Match
from ledger.queries import Queries
from ledger.retention import PurgeResult
from ledger.sql.rows import NOTHING_SENT
from ledger.transaction import Transaction
from schemas.dead_letters import EarlyEvent, NewLetter
from schemas.history import InboxEntry
from schemas.message import Message
from schemas.order import Order, OrderKey
from schemas.personal import PersonalData
from schemas.store import Store


class UnitOfWork:
    """What can be done in one transaction. On PostgreSQL each method is a constant number of statements, whatever it is
    given; SQLite takes five hundred keys a statement.

    The details of a promise stand at the function that a method calls, in the module of the same subject.
    """

    def __init__(self, tx: Transaction) -> None:
        """Work in this open transaction."""
        self._tx = tx
        self._last: tuple[str, BatchRecord] | None = None
        self._sent = NOTHING_SENT
        self._ending: ExitStack | None = None
        self.awaited = False
        """Whether, once the transaction has ended, `release_early` or `letters.release` may find something."""
        self.queries = Queries(tx)
        self.letters = LetterWork(tx)

    @property
    def now(self) -> datetime:
        """The instant at which the transaction began."""
        return self._tx.now

    def handled(self, consumer: str, keys: Sequence[bytes]) -> dict[bytes, InboxEntry]:
        """Return what a consumer has handled of these messages."""
        return inbox.find(self._tx, consumer, keys)

    def look_up(self, consumer: str, wanted: Sequence[MessageRef], lock: bool) -> BatchLookup:
        """Return what a consumer has handled of these messages, their orders and stores, in one statement.

        With *lock* the orders are locked in key order, recorded or not: nobody else writes or records them, or sets an
        event aside for them. It holds for the orders of handled messages, too. Nor does anybody change their stores.
        """
        return batches.look_up(self._tx, consumer, wanted, lock)

    def record(self, consumer: str, said: BatchRecord) -> None:
        """Have what a batch came to written last, together with the commit: orders, journal, what *consumer* handled.

        Each order bears the version it shall have: 1 when new, else one more than was read. Messages are marked as by
        `mark_handled`. The end of the transaction raises OrderChangedMeanwhileError when not all of it can be written.
        Call it once in a transaction.
        """
        self._last = consumer, said

    def send(self) -> bool:
        """Have what comes last written; tell whether the commit travels with it. For the ledger."""
        if self._last:
            self._sent = batches.send(self._tx, *self._last)
        return self._sent.commits

    def must_not_write(self) -> None:
        """Raise LedgerError when something was to be written last. For the ledger, in a transaction for reading."""
        if self._last:
            raise LedgerError("A transaction for reading was given something to write; open it with `begin`.")

    def end_by(self, ending: ExitStack) -> None:
        """Take over what is to be left when the transaction has ended. For the ledger."""
        self._ending = ending

    def wait(self) -> None:
        """Wait until the transaction has ended. Raises as its end does; once it has ended, this does nothing."""
        ending, self._ending = self._ending, None
        if ending:
            with ending:
                self.awaited = self._sent.wait() > 0

    def mark_handled(self, consumer: str, rows: Sequence[InboxEntry]) -> None:
        """Record what a consumer handled, each message once.

        A message that failed or waits may be recorded again with a higher epoch. Raises HandledMeanwhileError.
        """
        inbox.mark(self._tx, consumer, rows)

    def orders(self, keys: Collection[OrderKey], lock: bool) -> dict[OrderKey, Order]:
        """Return the orders that are recorded, locked in key order if asked for."""
        return orders.load(self._tx, keys, lock)

    def personal(self, keys: Collection[OrderKey]) -> dict[OrderKey, PersonalData]:
        """Return the personal data of orders that have not expired."""
        return vault.load(self._tx, keys)

    def save_personal(self, data: Mapping[OrderKey, PersonalData]) -> None:
        """Seal personal data; when it expires stays as it was."""
        vault.save(self._tx, data)

    def expire_personal(self, keys: Mapping[OrderKey, datetime]) -> None:
        """Set when the personal data of orders expires, where there is any and that is not set yet."""
        vault.expire(self._tx, keys)

    def keep_personal(self, keys: Collection[OrderKey]) -> None:
        """Let the personal data of orders that go on after all expire at no time that is known yet."""
        vault.keep(self._tx, keys)

    def stores(self, ids: Collection[str]) -> dict[str, Store]:
        """Return the stores that are known. None changes till the transaction ends if it has locked orders before."""
        return stores.load(self._tx, ids)

    def all_stores(self) -> list[Store]:
        """Return all stores by id."""
        return stores.load_all(self._tx)

    def hold_stores(self) -> None:
        """Have the stores to itself until the transaction ends: nobody decides meanwhile by settings read before.

        Call it before anything else in a transaction that changes a store. Raises OrderChangedMeanwhileError when
        others do not come to their ends within seconds.
        """
        stores.lock(self._tx)

    def save_store(self, store: Store) -> None:
        """Write a store, new or changed."""
        stores.save(self._tx, store)

    def add_unknown_stores(self, ids: Collection[str]) -> None:
        """Add the stores that are not known yet, named by their ids."""
        stores.add_unknown(self._tx, ids)

    def matches(self, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return the SKU for each (store id, seller SKU) that is matched."""
        return matches.load(self._tx, pairs)

    def all_matches(self, store_id: str | None = None) -> list[Match]:
        """Return the matches of one store, or of all."""
        return matches.load_all(self._tx, store_id)

    def save_match(self, store_id: str, seller_sku: str, sku: str) -> None:
        """Write a match, new or changed."""
        matches.save(self._tx, Match(store_id, seller_sku, sku))

    def delete_match(self, store_id: str, seller_sku: str) -> bool:
        """Remove a match and tell whether there was one."""
        return matches.remove(self._tx, store_id, seller_sku)

    def put_in_outbox(self, messages: Sequence[Message], due_at: datetime | None = None) -> int:
        """Add messages to be said, now or when due. The same id, consumer, epoch and attempt is one message.

        Returns how many are new. Give a message its `key`, or `unhandled_outbox` leaves it out.
        """
        return outbox.put(self._tx, messages, due_at)

    def claim_due(self, limit: int, lease: timedelta, refused: OnUndecryptable | None = None) -> list[Claimed]:
        """Claim messages that are due, in due order; a claim runs out by itself after *lease*.

        *refused* is told of each that cannot be opened; it holds up no other. Without it, raises CipherError.
        """
        return outbox.claim_due(self._tx, limit, lease, refused)

    def mark_sent(self, ids: Sequence[int]) -> None:
        """Record that claimed messages were said and confirmed."""
        outbox.mark_sent(self._tx, ids)

    def unclaim(self, ids: Sequence[int]) -> None:
        """Give up claims at once."""
        outbox.unclaim(self._tx, ids)

    def next_due(self) -> datetime | None:
        """Return when the next unsaid message is due, past or future, if there is one."""
        return outbox.next_due(self._tx)

    def unhandled_outbox(
        self, consumers: Mapping[str, str], since: datetime | None, before: datetime, limit: int
    ) -> list[int]:
        """Return outbox ids of what was said between these instants and that its consumer's inbox does not know.

        *consumers* maps each consumer to the event it takes.
        """
        return unanswered.unhandled(self._tx, consumers, since, before, limit)

    def said(self, message_ids: Sequence[str], sent_before: datetime) -> list[int]:
        """Return the outbox ids of those of the messages that were said before this instant, and not since."""
        return unanswered.published_before(self._tx, message_ids, sent_before)

    def say_again(self, ids: Sequence[int]) -> None:
        """Make messages that were said due again."""
        outbox.resend(self._tx, ids)

    def hold_early(self, events: Sequence[EarlyEvent]) -> None:
        """Let events wait for their orders; mark them in the inbox as waiting."""
        early_events.defer(self._tx, events)

    def release_early(self, keys: Collection[OrderKey]) -> int:
        """Put the events that wait for these orders into the outbox with the next epoch; return how many."""
        return early_events.requeue(self._tx, keys)

    def recorded_early(self, limit: int) -> list[OrderKey]:
        """Return orders that are recorded and still waited for, for `release_early`.

        A process that ends between recording an order and releasing what waits for it leaves such a wait behind.
        """
        return early_events.now_recorded(self._tx, limit)

    def overdue_early(self, limit: int) -> list[EarlyEvent]:
        """Return events that have waited beyond their time, the longest first."""
        return early_events.overdue(self._tx, limit)

    def close_early(self, identities: Collection[tuple[str, bytes]]) -> None:
        """End the waiting of events by (consumer, key)."""
        early_events.close(self._tx, identities)

    def save_letters(self, new: Sequence[NewLetter]) -> None:
        """Set messages aside; a repeat counts one more attempt on the letter that is there."""
        letters.save(self._tx, new)

    def resolve_letters(self, identities: Collection[str]) -> None:
        """Settle the open letters among these."""
        letters.resolve(self._tx, identities)

    def set_waits(self, order_waits: Mapping[OrderKey, tuple[str, ...]]) -> None:
        """Set the wake-up keys of orders; none ends an order's waiting."""
        wake_ups.replace(self._tx, order_waits)

    def wake(self, wake_keys: Collection[str]) -> None:
        """Note that these keys were woken, before `waiting_for` looks for them; once in a transaction, with all keys.

        Till its end nobody else wakes anything, and no order is blocked on these keys.
        """
        wake_ups.wake(self._tx, wake_keys)

    def waiting_for(self, wake_keys: Collection[str]) -> dict[OrderKey, str]:
        """Return the orders that wait for any of these, and one of those that each waits for."""
        return wake_ups.waiting_for(self._tx, wake_keys)

    def wake_mark(self) -> int:
        """Return a mark of all wake-ups so far; take it before looking at what may be mended meanwhile."""
        return wake_ups.mark(self._tx)

    def woken_since(self, wake_keys: Collection[str], mark: int) -> set[str]:
        """Return those of the keys that were woken after *mark*; none of them is woken till the transaction ends."""
        wake_ups.lock(self._tx, wake_keys)
        return wake_ups.woken_since(self._tx, wake_keys, mark)

    def last_run(self, job: str) -> datetime | None:
        """Return when a job of the clock ran last."""
        return schedules.last_run(self._tx, job)

    def ran(self, job: str, at: datetime) -> None:
        """Record that a job of the clock ran."""
        schedules.ran(self._tx, job, at)

    def forget(self, before: datetime, limit: int) -> PurgeResult:
        """Remove expired personal data and what was done before this instant, at most *most* rows of a table."""
        return retention.purge(self._tx, before, limit)
