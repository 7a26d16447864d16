"""Planning a replay: look before you leap. Counts, groups, a sample, what would still block. Writes nothing."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from gateways.port import Gateways
from ledger.dead_letters.filters import LetterFilter, to_json
from ledger.dead_letters.replay_queries import CauseGroup, FailureGroup
from ledger.ledger import Ledger
from operations.errors import ReplayRefusedError
from operations.replays import pace_rules
from operations.replays.forecast import still_blocking
from schemas.dead_letters import DeadLetter, LetterState
from schemas.errors import RetryableError
from schemas.replays import ReplayPace

SAMPLE = 5
MOST_GROUPS = 1000
"""Groups that are counted apart and looked at; what lies beyond is in `Plan.count` only."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A group of letters by cause; `standing` says why its cause still stands, None when it seems to be gone."""

    group: CauseGroup
    reason: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would do. `would_run` are the letters none of whose causes was found standing.

    `seconds` is the time at this pace. `warning` says what could not be found out. `token` starts exactly this.
    """

    count: int
    would_run: int
    causes: tuple[Forecast, ...]
    failures: tuple[FailureGroup, ...]
    sample: tuple[DeadLetter, ...]
    seconds: float
    cutoff: datetime
    token: str
    warning: str | None = None


def plan(
    ledger: Ledger,
    gateways: Gateways,
    wanted: LetterFilter,
    pace: ReplayPace | None = None,
    cutoff: datetime | None = None,
) -> Plan:
    """Tell what a replay of the letters that wait and pass the filter would do. Raises ReplayRefusedError.

    Letters that began to wait after *cutoff*, or else after this look, are left out.
    """
    pace = pace or ReplayPace()
    pace_rules.check(pace)
    _check(wanted)
    with ledger.read() as work:
        cutoff = cutoff or work.now
        frozen = replace(wanted, open_by=cutoff)
        count = work.replay_selection.count(frozen)
        if count == 0:
            raise ReplayRefusedError("No dead letter that waits passes this filter; see `crossdock dead-letters list`.")
        groups = work.replay_selection.cause_groups(frozen, MOST_GROUPS)
        failures = work.replay_selection.failure_groups(frozen, MOST_GROUPS)
        sample = work.dead_letters.latest(replace(frozen, state=LetterState.OPEN), SAMPLE)
    found, warning = _forecast(ledger, gateways, groups)
    with ledger.read() as work:
        blocked = work.replay_selection.count_still_blocking(frozen, found)
    return Plan(
        count=count,
        would_run=count - blocked,
        causes=tuple(Forecast(group, found.get(group)) for group in groups),
        failures=tuple(failures),
        sample=tuple(sample),
        seconds=pace_rules.seconds_for(count, pace),
        cutoff=cutoff,
        token=token_of(wanted, cutoff, count),
        warning=warning,
    )


def token_of(wanted: LetterFilter, cutoff: datetime, count: int) -> str:
    """Return the token of a plan: its cutoff in microseconds since 1970, and a digest of filter, cutoff and count."""
    digest = blake2b(f"{to_json(wanted)}\n{cutoff.isoformat()}\n{count}".encode(), digest_size=8).hexdigest()
    return f"{(cutoff - _EPOCH) // timedelta(microseconds=1):x}-{digest}"


def cutoff_of(token: str) -> datetime:
    """Return the cutoff in a token. Raises ReplayRefusedError for what is no token."""
    try:
        return _EPOCH + timedelta(microseconds=int(token.partition("-")[0], 16))
    except (ValueError, OverflowError):
        raise ReplayRefusedError("That is no token of a dry run; make a dry run and give its token.") from None


def _check(wanted: LetterFilter) -> None:
    if wanted.state not in (None, LetterState.OPEN):
        raise ReplayRefusedError(f"Only letters that wait can be replayed, not those that are {wanted.state}.")


def _forecast(ledger: Ledger, gateways: Gateways, groups: list[CauseGroup]) -> tuple[dict[CauseGroup, str], str | None]:
    warning = f"Only the {MOST_GROUPS:,} most frequent causes were looked at." if len(groups) == MOST_GROUPS else None
    try:
        return still_blocking(ledger, gateways, groups), warning
    except RetryableError as error:
        return {}, f"Commerce could not be asked what would still block: {error}"
