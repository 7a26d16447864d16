"""What people do about dead letters within one transaction: replay, edit, discard, and the audit of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.dead_letters import actions, attempts, audit_log, replay_queries, replays
from ledger.dead_letters.filters import LetterFilter
from ledger.dead_letters.replay_queries import CauseGroup, FailureGroup
from ledger.messages import unanswered
from ledger.transaction import Transaction
from schemas.dead_letters import DeadLetter
from schemas.order import OrderKey
from schemas.replays import AuditEntry, ItemOutcome, ItemState, Replay, ReplayCounts, ReplayItem


@dataclass(frozen=True, slots=True)
class LetterWork:
    """Dead letters in one transaction; what each method promises stands at the function that it calls."""

    tx: Transaction

    def count_waiting(self, wanted: LetterFilter) -> int:
        """Return how many letters that wait pass the filter."""
        return replay_queries.count(self.tx, wanted)

    def holders(self, wanted: LetterFilter, limit: int) -> list[tuple[Replay, int]]:
        """Return the replays that hold letters that pass the filter, and how many, counted up to *most*."""
        return replay_queries.holders(self.tx, wanted, limit)

    def cause_groups(self, wanted: LetterFilter, limit: int) -> list[CauseGroup]:
        """Count the waiting letters by cause and store, the largest groups first."""
        return replay_queries.cause_groups(self.tx, wanted, limit)

    def failure_groups(self, wanted: LetterFilter, limit: int) -> list[FailureGroup]:
        """Count the waiting letters without a cause by what they have in common, the largest groups first."""
        return replay_queries.failure_groups(self.tx, wanted, limit)

    def count_standing(self, wanted: LetterFilter, standing: Collection[CauseGroup]) -> int:
        """Return how many of the waiting letters have one of the causes that still stand."""
        return replay_queries.count_still_blocking(self.tx, wanted, standing)

    def start_replay(self, replay: Replay, wanted: LetterFilter) -> int:
        """Record a replay and freeze its selection; return how many letters are its."""
        return replays.start(self.tx, replay, wanted)

    def replay(self, replay_id: str, *, lock: bool = False) -> Replay:
        """Return a replay. Raises UnknownReplayError."""
        return replays.lock(self.tx, replay_id) if lock else replays.find(self.tx, replay_id)

    def replay_begun(self, beginning: str) -> Replay:
        """Return the replay whose id begins so. Raises UnknownReplayError, AmbiguousReplayError."""
        return replay_queries.by_prefix(self.tx, beginning)

    def replays(self, limit: int = 20) -> list[Replay]:
        """Return replays, the latest first."""
        return replays.latest(self.tx, limit)

    def lease_replay(self, replay_id: str, owner: str, time: timedelta) -> Replay | None:
        """Take or renew the lease of a replay; return nothing while another holds it."""
        return replays.lease(self.tx, replay_id, owner, time)

    def change_replay(self, replay_id: str, values: Mapping[str, object]) -> None:
        """Change columns of a replay."""
        replays.change(self.tx, replay_id, values)

    def sums(self, replay: Replay, *, since_resumed: bool = False) -> ReplayCounts:
        """Return how many letters of a replay stand where."""
        return replays.sums(self.tx, replay, since_resumed=since_resumed)

    def items(self, replay_id: str, state: ItemState | None = None, limit: int = 1000) -> list[ReplayItem]:
        """Return a replay's letters in their order."""
        return replays.items(self.tx, replay_id, state, limit)

    def next_items(self, replay_id: str, limit: int) -> list[ReplayItem]:
        """Return the next letters to be sent, locked."""
        return replays.next_items(self.tx, replay_id, limit)

    def mark_items_sent(self, ids: Sequence[str]) -> None:
        """Record that these letters' messages stand in the outbox."""
        replays.mark_sent(self.tx, ids)

    def skip_items(self, reasons: Mapping[str, str]) -> None:
        """Record that these letters were not sent, and why."""
        replays.skip(self.tx, reasons)

    def abort_claimed(self, replay_id: str) -> int:
        """Let go of a replay's letters that were not sent."""
        return replays.abort_claimed(self.tx, replay_id)

    def settle_items(self, outcomes: Collection[ItemOutcome]) -> None:
        """Record what consumers made of replayed letters."""
        replays.record_outcomes(self.tx, outcomes)

    def unanswered(self, sent_before: datetime, after: str, limit: int) -> list[str]:
        """Return the places in replays of letters that were sent before this instant and have no outcome, by id."""
        return unanswered.unanswered(self.tx, sent_before, after, limit)

    def locked_letter(self, beginning: str) -> DeadLetter:
        """Return a letter that nobody else changes till the end of the transaction. Raises as `Queries.letter` does."""
        return actions.lock(self.tx, beginning)

    def discard(self, ids: Collection[str]) -> list[str]:
        """Give up those of the letters that wait; return their ids."""
        return actions.discard(self.tx, ids)

    def supersede(self, consumer: str, key: bytes, epoch: int) -> None:
        """Let no copy of a message be handled any more. Raises HandledMeanwhileError."""
        actions.supersede(self.tx, consumer, key, epoch)

    def replace(self, letter_id: str, message_id: str, difference: bytes) -> None:
        """Settle a letter by the edited message that replaces its own."""
        actions.replace_letter(self.tx, letter_id, message_id, difference)

    def difference(self, letter_id: str) -> str | None:
        """Return what was edited in a letter's message, while it is kept. It may hold personal data."""
        return actions.difference(self.tx, letter_id)

    def release(self, keys: Collection[OrderKey]) -> int:
        """Say again what was blocked because these orders had never been placed; return how many."""
        return actions.requeue(self.tx, keys)

    def recorded(self, limit: int) -> list[OrderKey]:
        """Return orders that are recorded although a letter waits because they were never placed."""
        return actions.now_recorded(self.tx, limit)

    def begin_attempt(self, consumer: str, key: bytes, process: str) -> list[str]:
        """Note an attempt of *process* at a suspect; return the other processes whose attempts never ended."""
        return attempts.begin(self.tx, consumer, key, process)

    def end_attempt(self, consumer: str, key: bytes) -> None:
        """Take the note of an attempt back."""
        attempts.end(self.tx, consumer, key)

    def put_on_record(self, act: AuditEntry) -> None:
        """Write a line of the audit."""
        audit_log.write(self.tx, act)

    def acts(self, subject: str | None = None, limit: int = 100) -> list[AuditEntry]:
        """Return what was done, the latest first."""
        return audit_log.acts(self.tx, subject, limit)
