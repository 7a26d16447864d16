"""The dry run of a replay: counts, groups, a sample, the causes that would still block. It writes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from operator import attrgetter

from pydantic import Field

from ledger.dead_letters.cause_sets import CauseGroup, FailureGroup
from ledger.dead_letters.filters import to_json
from operations.context import Context
from operations.dead_letters.groups import GROUPED_LETTERS
from operations.errors import ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.forecast import still_blocking
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetter, DeadLetterType, LetterFilter, LetterState
from schemas.errors import RetryableError
from schemas.replays import ReplayPace
from schemas.value import Value

SAMPLE = 5
"""Letters that a plan shows."""

GROUP_LIMIT = 200
"""Groups that are counted separately and looked up in Commerce; letters beyond are in the plan's counts only."""

_LAST_FAILED = attrgetter("last_at", "id")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PlannedCause(Value):
    """Letters of one cause and store. `key` is a SKU, and empty where the cause is of one order each."""

    kind: BlockerKind
    key: str
    store_id: str
    count: int


class BlockingCause(Value):
    """A cause that would still block its letters, and the reason."""

    kind: BlockerKind
    key: str
    reason: str
    count: int
    store_id: str


class PlannedFailure(Value):
    """Letters without a cause that have one fingerprint; `reason` is that of one of them."""

    letter_type: DeadLetterType = Field(serialization_alias="class")
    consumer: str
    fingerprint: str
    count: int
    reason: str


class Plan(Value):
    """The plan of a replay: its letters, and those of them that would be blocked again."""

    count: int
    """Open letters that match the filter."""
    groups: tuple[PlannedCause, ...]
    """The letters by cause, the largest groups first."""
    still_blocked: tuple[BlockingCause, ...]
    """Those of the groups that would be blocked again."""
    sample: tuple[DeadLetter, ...]
    seconds: float
    """The estimated time at this pace."""
    rate: float
    """Letters a second, at most."""
    ramp: bool = Field(exclude=True)
    """Whether it would send 1 letter first, then 5, 25, …"""
    token: str
    """Starts exactly this plan."""
    cutoff: datetime
    """Letters that become open later are not in the plan."""
    checked: int
    """Letters of which it is known whether they would run: `count`, unless there are too many letters or causes."""
    would_run: int
    """Checked letters none of whose causes would still block."""
    failures: tuple[PlannedFailure, ...]
    """The letters without a cause, by fingerprint."""
    warning: str | None
    """Sentences about gaps in the forecast, None without one."""


def plan(
    context: Context,
    letters: LetterFilter,
    pace: ReplayPace | None = None,
    cutoff: datetime | None = None,
    among: int = GROUPED_LETTERS,
) -> Plan:
    """Return the plan of a replay of the open letters of a filter.

    Letters that became open after *cutoff*, by default now, are left out. All are counted; *among* of them at most,
    those that failed last, are grouped and checked. Raises ReplayRefusedError when no letter matches, or for a pace
    that is out of range.
    """
    pace = pace or ReplayPace()
    pace_rules.check(pace)
    if letters.state not in (None, LetterState.OPEN):
        raise ReplayRefusedError(f"Only open letters can be replayed, not those that are {letters.state}.")
    with context.ledger.read() as work:
        cutoff = cutoff or work.now
        frozen = replace(letters, open_by=cutoff)
        grouped, count = work.replay_selection.counted_groups(frozen, GROUP_LIMIT, among, SAMPLE)
        if grouped.letters == 0:
            raise ReplayRefusedError("No open dead letter matches this filter.")
        sample = sorted(work.dead_letters.by_ids(grouped.latest).values(), key=_LAST_FAILED, reverse=True)
    blocking, gaps = _forecast(context, grouped.causes)
    if not grouped.complete:
        gaps.append(f"Only the {grouped.letters:,} letters that failed last were checked.")
    forecast = grouped.forecast(blocking)
    checked = grouped.letters - forecast.unknown
    return Plan(
        count=count,
        checked=checked,
        groups=tuple(_cause(group) for group in grouped.causes),
        still_blocked=tuple(_blocking_cause(group, blocking[group]) for group in grouped.causes if group in blocking),
        sample=tuple(sample),
        seconds=pace_rules.seconds_for(count, pace),
        rate=pace.rate,
        ramp=pace.ramp,
        token=token_of(letters, cutoff, count),
        cutoff=cutoff,
        would_run=checked - forecast.blocked,
        failures=tuple(_failure(group) for group in grouped.failures),
        warning=" ".join(gaps) or None,
    )


def token_of(letters: LetterFilter, cutoff: datetime, count: int) -> str:
    """Return the token of a plan: its cutoff in microseconds since 1970, and a digest of filter, cutoff and count."""
    digest = blake2b(f"{to_json(letters)}\n{cutoff.isoformat()}\n{count}".encode(), digest_size=8).hexdigest()
    return f"{(cutoff - _EPOCH) // timedelta(microseconds=1):x}-{digest}"


def cutoff_of(token: str) -> datetime:
    """Return the cutoff in a token. Raises ReplayRefusedError for a malformed token."""
    try:
        return _EPOCH + timedelta(microseconds=int(token.partition("-")[0], 16))
    except (ValueError, OverflowError):
        raise ReplayRefusedError("This is not the token of a dry run; make a dry run and pass its token.") from None


def _forecast(context: Context, causes: list[CauseGroup]) -> tuple[Mapping[CauseGroup, str], list[str]]:
    """Return the causes that would still block, each with the reason, and sentences about gaps in the answer."""
    gaps = [f"Only the {GROUP_LIMIT:,} most frequent causes were checked."] if len(causes) == GROUP_LIMIT else []
    try:
        return still_blocking(context.ledger, context.gateways, causes), gaps
    except RetryableError as error:
        return {}, [f"Commerce could not be asked which causes would still block: {error}"]


def _cause(group: CauseGroup) -> PlannedCause:
    return PlannedCause(kind=group.kind, key=group.key, store_id=group.store_id, count=group.letters)


def _blocking_cause(group: CauseGroup, reason: str) -> BlockingCause:
    return BlockingCause(kind=group.kind, key=group.key, reason=reason, count=group.letters, store_id=group.store_id)


def _failure(group: FailureGroup) -> PlannedFailure:
    return PlannedFailure(
        letter_type=group.letter_type,
        consumer=group.consumer,
        fingerprint=group.fingerprint,
        count=group.letters,
        reason=group.reason,
    )
