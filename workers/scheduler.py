"""The scheduler: runs jobs by their cron expressions. Any number of schedulers may run; one leads, others stand by.

The ledger records each job's last run, so that a run missed while no scheduler was running is caught up, once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

import structlog
from cronsim import CronSim, CronSimError

from ledger.database.leadership import Leadership
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from schemas.errors import RetryableError, SettingsError
from schemas.safe_errors import describe
from schemas.settings import PREFIX, Settings
from workers.jobs import (
    Job,
    apply_retention,
    complete_shipped,
    expire_early,
    retry_blocked,
    sum_up_listings,
    sum_up_sales,
)
from workers.process.retry import StoppedError, retry_until_stopped
from workers.reconciliation_job import go_on_reconciling, reconcile_daily
from workers.resender import resend_unanswered

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds between two checks for due jobs."""

FIRST_START = "first start"
"""Stands in the table `schedules` for a job that ran when the first scheduler started: until then, none was due."""

TIMETABLE: Mapping[str, tuple[str, Job]] = {
    "complete": ("complete_cron", complete_shipped),
    "expire_early": ("complete_cron", expire_early),
    "resend": ("sync_cron", resend_unanswered),
    "sync": ("sync_cron", retry_blocked),
    "sales": ("complete_cron", sum_up_sales),
    "listings": ("complete_cron", sum_up_listings),
    "retention": ("retention_cron", apply_retention),
    "reconcile": ("reconcile_cron", reconcile_daily),
    "reconcile_on": ("complete_cron", go_on_reconciling),
}
"""Each job by its name in the table `schedules`: the setting of its cron expression, and its function."""


@dataclass(slots=True)
class _Planned:
    name: str
    job: Job
    cron: str
    times: Iterator[datetime] = field(init=False)
    due: datetime = field(init=False)
    after: datetime = field(init=False)

    def begin(self, since: datetime) -> None:
        """Plan the runs after an instant."""
        self.times = CronSim(self.cron, since)
        self.due, self.after = next(self.times), next(self.times)

    def advance(self) -> None:
        """Plan the next run."""
        self.due, self.after = self.after, next(self.times)

    def catch_up(self, now: datetime) -> None:
        """Skip all missed runs but the last."""
        while self.after <= now:
            self.advance()


def _plan(name: str, settings: Settings, now: datetime) -> _Planned:
    setting, job = TIMETABLE[name]
    planned = _Planned(name, job, getattr(settings, setting))
    try:
        planned.begin(now)
    except (CronSimError, StopIteration):
        variable = PREFIX + setting.upper()
        raise SettingsError(
            f'{variable} is wrong: "{planned.cron}" is not a cron expression that ever matches.'
        ) from None
    return planned


def plan(settings: Settings, now: datetime) -> list[_Planned]:
    """Plan every job from *now* on. Raises SettingsError for an invalid cron expression."""
    return [_plan(name, settings, now) for name in TIMETABLE]


def overdue_jobs(ledger: Ledger, settings: Settings, before: datetime) -> list[str]:
    """Return the names of jobs that were due before this instant and have not run since; all, if none has started."""
    planned = plan(settings, before)
    with ledger.read() as work:
        last = {job.name: work.schedules.last_run(job.name) for job in planned}
        started = work.schedules.last_run(FIRST_START)
    if not started and not any(last.values()):
        return list(last)
    for job in planned:
        job.begin(last[job.name] or started or before)
    return [job.name for job in planned if job.due < before]


class Scheduler:
    """Runs the jobs of the timetable, by the cron expressions of the settings."""

    def __init__(self, ledger: Ledger, settings: Settings, liveness: Liveness | None = None) -> None:
        """Plan from now on, by this machine's time until `recall`. Raises SettingsError for an invalid cron line."""
        self._liveness = liveness or Liveness()
        self._ledger = ledger
        self._settings = settings
        self._stop = Event()
        self._planned = plan(settings, datetime.now(UTC))
        self.leads = False
        """Whether this scheduler led when it looked last."""

    def run(self, stop: Event) -> None:
        """Run due jobs while this scheduler leads, until *stop* is set; a job is interrupted between two pages."""
        self._stop = stop
        try:
            retry_until_stopped(self.recall, "look up the last runs of jobs", stop)
            retry_until_stopped(lambda: self._lead(stop), "run due jobs", stop)
        except StoppedError as error:
            log.info("scheduler stopped", reason=str(error))

    def _lead(self, stop: Event) -> None:
        with self._ledger.lead("scheduler") as leadership:
            while not stop.wait(TICK):
                self._run_due(leadership)

    def _run_due(self, leadership: Leadership) -> None:
        """Run due jobs, if this scheduler leads. Asking whether it leads counts as work: the database may hang."""
        with self._liveness.busy("scheduler"):
            self.leads = leadership.held()
            if self.leads:
                self.turn(self._ledger.now())

    def recall(self) -> None:
        """Plan each job from its recorded last run on, or from now on if it never ran."""
        with self._ledger.begin() as work:
            if work.schedules.last_run(FIRST_START) is None:
                work.schedules.record_run(FIRST_START, work.now)
            for planned in self._planned:
                planned.begin(work.schedules.last_run(planned.name) or work.now)

    def turn(self, now: datetime) -> int:
        """Run every job that is due by *now*, each once however often it was missed. Returns how many ran.

        A job that another scheduler ran meanwhile is skipped; one that fails runs again at its next time.
        """
        ran = 0
        for planned in self._planned:
            if planned.due <= now:
                planned.catch_up(now)
                ran += self._run(planned)
                planned.advance()
        return ran

    def _run(self, planned: _Planned) -> bool:
        self._liveness.beat("scheduler")
        with self._ledger.read() as work:
            last = work.schedules.last_run(planned.name)
        if last is not None and last >= planned.due:
            return False
        failure = None
        try:
            rows = self._run_job(planned)
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001 - one row that fails a job must not stop the other jobs
            failure = describe(error)
            log.error("job failed", job=planned.name, error=failure)  # noqa: TRY400
        else:
            log.info("job done", job=planned.name, rows=rows)
        with self._ledger.begin() as work:
            work.schedules.record_run(planned.name, planned.due, failure)
        return True

    def _run_job(self, planned: _Planned) -> int:
        total = 0
        for rows in planned.job(self._ledger, self._settings, planned.due):
            total += rows
            self._liveness.beat("scheduler")
            if self._stop.is_set():
                raise StoppedError(
                    f'Stopped during the job "{planned.name}", which starts from the beginning next time.'
                )
        return total
