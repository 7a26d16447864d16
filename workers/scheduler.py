"""The clock: runs jobs when their cron lines say so. Any number of clocks may run; one leads, the others stand by.

The ledger remembers each job's last run, so that a run missed while no clock was there is made up for, once.
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
from pipeline.safe_errors import describe
from schemas.errors import RetryableError, SettingsError
from schemas.settings import PREFIX, Settings
from workers.jobs import Job, apply_retention, complete_shipped, expire_early, retry_blocked
from workers.process.retry import StoppedError, retry_until_stopped
from workers.reconciler import resend_unanswered

log = structlog.get_logger(__name__)

TICK = 1.0
"""Seconds between two looks at the clock."""


TIMETABLE: Mapping[str, tuple[str, Job]] = {
    "complete": ("complete_cron", complete_shipped),
    "overdue": ("complete_cron", expire_early),
    "again": ("sync_cron", resend_unanswered),
    "sync": ("sync_cron", retry_blocked),
    "retention": ("retention_cron", apply_retention),
}
"""Each job by name: the setting that holds its cron line, and its function."""


@dataclass(slots=True)
class _Planned:
    name: str
    job: Job
    line: str
    times: Iterator[datetime] = field(init=False)
    due: datetime = field(init=False)
    after: datetime = field(init=False)

    def begin(self, since: datetime) -> None:
        """Plan the runs after an instant."""
        self.times = CronSim(self.line, since)
        self.due, self.after = next(self.times), next(self.times)

    def go_on(self) -> None:
        """Plan the next run."""
        self.due, self.after = self.after, next(self.times)

    def catch_up(self, now: datetime) -> None:
        """Leave out all runs that were missed but the last."""
        while self.after <= now:
            self.go_on()


def _plan(name: str, settings: Settings, now: datetime) -> _Planned:
    setting, job = TIMETABLE[name]
    planned = _Planned(name, job, getattr(settings, setting))
    try:
        planned.begin(now)
    except (CronSimError, StopIteration):
        variable = PREFIX + setting.upper()
        raise SettingsError(f'{variable} is wrong: "{planned.line}" is no cron line that ever comes true.') from None
    return planned


def plan(settings: Settings, now: datetime) -> list[_Planned]:
    """Plan every job from *now* on. Raises SettingsError for a cron line that is none."""
    return [_plan(name, settings, now) for name in TIMETABLE]


def overdue(ledger: Ledger, settings: Settings, before: datetime) -> list[str]:
    """Return the jobs that were due before this instant and have not run since; all, when none ever ran."""
    planned = plan(settings, before)
    with ledger.read() as work:
        last = {job.name: work.schedules.last_run(job.name) for job in planned}
    if not any(last.values()):
        return list(last)
    for job in planned:
        job.begin(last[job.name] or before)
    return [job.name for job in planned if job.due < before]


class Scheduler:
    """Runs the timetable of *settings* on *ledger*."""

    def __init__(self, ledger: Ledger, settings: Settings, pulse: Liveness | None = None) -> None:
        """Plan from now on, by this process's clock until `recall`. Raises SettingsError for a wrong cron line."""
        self._pulse = pulse or Liveness()
        self._ledger = ledger
        self._settings = settings
        self._stop = Event()
        self._planned = plan(settings, datetime.now(UTC))

    def run(self, stop: Event) -> None:
        """Run jobs as they become due, while this clock leads, until *stop* is set, if need be in the middle of one."""
        self._stop = stop
        try:
            retry_until_stopped(self.recall, "clock looks up its last runs", stop)
            retry_until_stopped(lambda: self._lead(stop), "clock keeps time", stop)
        except StoppedError as error:
            log.info("clock stopped", reason=str(error))

    def _lead(self, stop: Event) -> None:
        with self._ledger.lead("scheduler") as leadership:
            while not stop.wait(TICK):
                self._look(leadership)

    def _look(self, leadership: Leadership) -> None:
        """Run what is due, if this clock leads. To ask whether it leads is work, too: the answer may never come."""
        with self._pulse.busy("scheduler"):
            if leadership.held():
                self.turn(self._ledger.now())

    def recall(self) -> None:
        """Plan each job from its last run on, which may have been long before this process began; else from now on."""
        with self._ledger.read() as work:
            for planned in self._planned:
                planned.begin(work.schedules.last_run(planned.name) or work.now)

    def turn(self, now: datetime) -> int:
        """Run every job that is due by *now*, each once however often it was missed. Returns how many ran.

        A job that another clock ran meanwhile is left out; one that fails is tried at its next time.
        """
        ran = 0
        for planned in self._planned:
            if planned.due <= now:
                planned.catch_up(now)
                ran += self._run(planned)
                planned.go_on()
        return ran

    def _run(self, planned: _Planned) -> bool:
        self._pulse.beat("scheduler")
        with self._ledger.read() as work:
            last = work.schedules.last_run(planned.name)
        if last is not None and last >= planned.due:
            return False
        try:
            done = self._work_off(planned)
        except RetryableError:
            raise
        except Exception as error:  # noqa: BLE001 - one row that a job cannot take must not stop the other jobs
            log.error("job failed", job=planned.name, fault=describe(error))  # noqa: TRY400
        else:
            log.info("job done", job=planned.name, rows=done)
        with self._ledger.begin() as work:
            work.schedules.record_run(planned.name, planned.due)
        return True

    def _work_off(self, planned: _Planned) -> int:
        done = 0
        for rows in planned.job(self._ledger, self._settings, planned.due):
            done += rows
            self._pulse.beat("scheduler")
            if self._stop.is_set():
                raise StoppedError(f'Stopped in the middle of the job "{planned.name}", which is begun anew.')
        return done
