"""Figures of the rows that wait in the ledger: how many, and since when. None of them has personal data."""

from collections.abc import Mapping
from datetime import datetime

from schemas.value import Value


class Waiting(Value):
    """A number of rows, and the instant since when the oldest of them waits; None where there is none."""

    rows: int
    oldest: datetime | None = None


class JobRun(Value):
    """The last run of a scheduled job, and whether it failed."""

    at: datetime
    failed: bool


class Figures(Value):
    """Numbers of rows that wait in the ledger, each by a name of a fixed set. Counts stop at `ledger.figures.CAP`.

    `outbox` is by state, `letters` are the open dead letters by class, `blocked` the blocked orders by kind of cause,
    `early` the deferred events by the awaited record, `replays` by state, and `replay_letters` those of replays that
    have not ended. `errors` are communication errors of the last hour, by system, seller ("" where there is one) and
    outcome. `budgets` are seconds until the calls that Amazon grants have all grown again, by system, account and
    operation.
    """

    outbox: Mapping[str, Waiting]
    letters: Mapping[str, Waiting]
    blocked: Mapping[str, Waiting]
    early: Mapping[str, Waiting]
    changed_orders: Waiting
    replays: Mapping[str, int]
    replay_letters: Mapping[str, int]
    errors: Mapping[tuple[str, str, str], int]
    budgets: Mapping[tuple[str, str, str], float]
    jobs: Mapping[str, JobRun]
