"""Figures of the rows that wait in the ledger, for metrics: each by one bounded statement over an index."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal_column, select

from ledger.tables.changed_orders import changed_orders
from ledger.tables.communication import communication_errors
from ledger.tables.dead_letters import dead_letter_causes, dead_letters
from ledger.tables.messages import UNFINISHED, early_events, outbox
from ledger.tables.rate_buckets import SIGN_IN, rate_buckets
from ledger.tables.replays import CLAIMED_OR_SENT, replay_items, replays
from ledger.tables.schedules import schedules
from ledger.transaction import Transaction
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.figures import Figures, JobRun, Waiting
from schemas.replays import ReplayState

CAP = 20_000
"""Rows that a figure counts at most, so that a backlog of millions costs no more to look at; ages stay exact."""

ERRORS_SPAN = timedelta(hours=1)

_UNENDED = (ReplayState.RUNNING.value, ReplayState.PAUSED.value, ReplayState.STOPPED.value)
_OPEN = dead_letters.c.state == LetterState.OPEN.value
_EARLY_STATES = {"deferred": "order", "needs_store": "store"}


@dataclass(frozen=True, slots=True)
class FigureQueries:
    """Reads the figures, in one transaction."""

    tx: Transaction

    def read(self) -> Figures:
        """Return all figures."""
        planned = self._planned()
        return Figures(
            outbox=self._outbox(),
            letters=self._letters(),
            blocked=self._blocked(),
            early=self._early(),
            changed_orders=self._changed_orders(),
            replays={state: len(counts) for state, counts in planned.items()},
            replay_letters=self._replay_letters(sum(sum(counts) for counts in planned.values())),
            errors=self._errors(),
            budgets=self._budgets(),
            jobs=self._jobs(),
        )

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        return list(self.tx.connection.execute(query))

    def _outbox(self) -> dict[str, Waiting]:
        """Return the unsent messages: refused by the broker, due, waiting for a retry, or scheduled for later."""
        state = case(
            (outbox.c.refusals > 0, literal_column("'refused'")),
            (outbox.c.due_at <= self.tx.now, literal_column("'due'")),
            (outbox.c.attempt > 0, literal_column("'retry'")),
            else_=literal_column("'scheduled'"),
        )
        unsent = select(state.label("name"), outbox.c.due_at.label("since")).where(outbox.c.sent_at.is_(None))
        return self._waiting(unsent.order_by(outbox.c.due_at, outbox.c.id))

    def _letters(self) -> dict[str, Waiting]:
        letters = select(dead_letters.c.letter_type.label("name"), dead_letters.c.first_at.label("since")).where(_OPEN)
        return self._waiting(letters.order_by(dead_letters.c.last_at))

    def _blocked(self) -> dict[str, Waiting]:
        """Return the blocked orders by kind of cause; an order with two kinds counts in both."""
        blocked = dead_letters.c.letter_type == DeadLetterType.BLOCKED.value
        letters = select(dead_letters.c.id, dead_letters.c.first_at).where(_OPEN, blocked)
        oldest = letters.order_by(dead_letters.c.last_at).limit(CAP).subquery()
        causes = dead_letter_causes.c
        query = select(causes.kind.label("name"), _count(causes.letter_id.distinct()), _oldest(oldest.c.first_at))
        joined = query.select_from(oldest.join(dead_letter_causes, causes.letter_id == oldest.c.id))
        return _by_name(self._rows(joined.group_by(causes.kind)))

    def _early(self) -> dict[str, Waiting]:
        events = select(early_events.c.state.label("name"), early_events.c.changed_at.label("since")).where(UNFINISHED)
        by_state = self._waiting(events.order_by(early_events.c.due_at))
        return {_EARLY_STATES[state]: waiting for state, waiting in by_state.items()}

    def _changed_orders(self) -> Waiting:
        orders = select(changed_orders.c.notified_at).order_by(changed_orders.c.ship_by).limit(CAP).subquery()
        row = self._rows(select(_count(orders.c.notified_at), _oldest(orders.c.notified_at)))[0]
        return Waiting(rows=row.rows, oldest=row.oldest)

    def _planned(self) -> dict[str, list[int]]:
        """Return how many letters each replay was to send that has not ended, by the replay's state."""
        query = select(replays.c.state, replays.c.planned).where(replays.c.state.in_(_UNENDED)).limit(CAP)
        planned: dict[str, list[int]] = {}
        for row in self._rows(query):
            planned.setdefault(row.state, []).append(row.planned)
        return planned

    def _replay_letters(self, planned: int) -> dict[str, int]:
        unended = select(replay_items.c.state.label("name")).where(CLAIMED_OR_SENT).limit(CAP).subquery()
        rows = self._rows(select(unended.c.name, _count(unended.c.name)).group_by(unended.c.name))
        return {"planned": planned, **{row.name: row.rows for row in rows}}

    def _errors(self) -> dict[tuple[str, str, str], int]:
        errors = communication_errors.c
        seller = func.coalesce(errors.seller, literal_column("''")).label("seller")
        latest = select(errors.system, seller, errors.outcome).where(errors.at > self.tx.now - ERRORS_SPAN)
        capped = latest.order_by(errors.at.desc()).limit(CAP).subquery()
        labels = capped.c.system, capped.c.seller, capped.c.outcome
        rows = self._rows(select(*labels, _count(capped.c.system)).group_by(*labels))
        return {(row.system, row.seller, row.outcome): row.rows for row in rows}

    def _budgets(self) -> dict[tuple[str, str, str], float]:
        """Return, by system, account and operation, the seconds until its bucket has all its tokens."""
        budgets: dict[tuple[str, str, str], float] = {}
        calls = rate_buckets.c.key.not_like(f"{SIGN_IN}/%")
        for row in self._rows(select(rate_buckets.c.key, rate_buckets.c.full_at).where(calls).limit(CAP)):
            system, _, rest = row.key.partition("/")
            account, _, operation = rest.rpartition("/")
            budgets[system, account, operation] = max(0.0, (row.full_at - self.tx.now).total_seconds())
        return budgets

    def _jobs(self) -> dict[str, JobRun]:
        jobs = schedules.c
        rows = self._rows(select(jobs.job, jobs.last_run_at, jobs.error.is_not(None).label("failed")))
        return {row.job: JobRun(at=row.last_run_at, failed=row.failed) for row in rows}

    def _waiting(self, query: Select[Any]) -> dict[str, Waiting]:
        capped = query.limit(CAP).subquery()
        counted = select(capped.c.name, _count(capped.c.name), _oldest(capped.c.since)).group_by(capped.c.name)
        return _by_name(self._rows(counted))


def _count(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.count(column).label("rows")


def _oldest(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.min(column).label("oldest")


def _by_name(rows: Iterable[Row[Any]]) -> dict[str, Waiting]:
    return {row.name: Waiting(rows=row.rows, oldest=row.oldest) for row in rows}
