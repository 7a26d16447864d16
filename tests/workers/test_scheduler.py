"""The scheduler: each job at its time, once among all schedulers, and run later if no scheduler was there."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest

from faults.proxy import NORMAL, NetworkConditions, Proxy
from ledger.ledger import Ledger
from pipeline.liveness import Liveness
from schemas.errors import RetryableError, SettingsError
from schemas.settings import Settings
from tests.harness import SOON, eventually, opened_parts
from workers import scheduler as scheduler_module
from workers.scheduler import TIMETABLE, Scheduler

EVERY_SECOND = Settings(complete_cron="* * * * * *")
HOURLY = Settings(complete_cron="0 * * * *", sync_cron="30 * * * *", retention_cron="0 3 * * *")


class Ran:
    """A job that notes its runs."""

    def __init__(self, error: Exception | None = None) -> None:
        """Fail with *error*, if there is one, until it is taken away."""
        self.runs: list[datetime] = []
        self.error = error

    def __call__(self, ledger: Ledger, settings: Settings, due: datetime) -> Iterator[int]:
        """Run."""
        self.runs.append(due)
        if self.error:
            raise self.error
        yield 1


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> dict[str, Ran]:
    """The jobs of the timetable, each of which only notes its runs."""
    found = {name: Ran() for name in TIMETABLE}
    timetable = {name: (setting, found[name]) for name, (setting, _) in TIMETABLE.items()}
    monkeypatch.setattr(scheduler_module, "TIMETABLE", timetable)
    return found


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


def test_a_job_runs_when_it_is_due_and_not_before(ledger: Ledger, ran: dict[str, Ran]) -> None:
    before = datetime.now(UTC)
    scheduler = Scheduler(ledger, HOURLY)
    assert scheduler.turn(before) == 0
    scheduler.turn(in_hours(1))
    hourly = {
        name: len(job.runs) for name, job in ran.items() if name in ("complete", "expire_early", "resend", "sync")
    }
    assert hourly == {"complete": 1, "expire_early": 1, "resend": 1, "sync": 1}


def test_a_job_that_was_missed_several_times_runs_once(ledger: Ledger, ran: dict[str, Ran]) -> None:
    scheduler, later = Scheduler(ledger, HOURLY), in_hours(10)
    scheduler.turn(later)
    scheduler.turn(later)
    assert len(ran["complete"].runs) == 1


def test_a_run_that_was_missed_while_no_scheduler_ran_is_run_later(ledger: Ledger, ran: dict[str, Ran]) -> None:
    with ledger.begin() as work:
        work.schedules.record_run("retention", in_hours(-48))
    scheduler, before = Scheduler(ledger, HOURLY), datetime.now(UTC)
    scheduler.recall()
    scheduler.turn(before)
    assert len(ran["retention"].runs) == 1
    assert ran["complete"].runs == []


def test_runs_that_were_missed_for_days_are_run_once_however_often_the_scheduler_is_started(
    ledger: Ledger, ran: dict[str, Ran]
) -> None:
    now = datetime.now(UTC)
    with ledger.begin() as work:
        for name in TIMETABLE:
            work.schedules.record_run(name, now - timedelta(days=10))
    for _ in range(3):
        scheduler = Scheduler(ledger, HOURLY)
        scheduler.recall()
        scheduler.turn(now)
    assert {name: len(job.runs) for name, job in ran.items()} == dict.fromkeys(TIMETABLE, 1)
    assert now - timedelta(hours=1) < ran["complete"].runs[0] <= now


def test_a_job_that_hangs_is_distinguished_from_one_that_progresses(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    liveness, stop, seconds = Liveness(limit=60.0), Event(), [0.0]
    found: list[list[str]] = []
    monkeypatch.setattr("pipeline.liveness.monotonic", lambda: seconds[0])

    def job(*_: object) -> Iterator[int]:
        seconds[0] += 61.0
        found.append(liveness.hung())
        yield 1
        found.append(liveness.hung())
        stop.set()

    monkeypatch.setattr(scheduler_module, "TIMETABLE", {"complete": ("complete_cron", job)})
    Scheduler(ledger, EVERY_SECOND, liveness).run(stop)
    assert found == [["scheduler"], []]
    assert liveness.hung() == []


def test_a_scheduler_whose_database_falls_silent_hangs_also_between_its_jobs(
    migrated_database_url: str, ran: dict[str, Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "TICK", 0.02)
    liveness, stop = Liveness(limit=0.5), Event()
    address = urlsplit(migrated_database_url)
    with closing(Proxy(address.port or 5432)) as proxy:
        through = address._replace(netloc=f"{address.username}@127.0.0.1:{proxy.port}").geturl()
        with opened_parts("memory://", through) as parts:
            scheduler = Thread(target=Scheduler(parts.ledger, EVERY_SECOND, liveness).run, args=(stop,), daemon=True)
            scheduler.start()
            eventually(lambda: bool(ran["complete"].runs), "it leads and works")
            proxy.conditions = NetworkConditions(blackhole=b"")
            eventually(lambda: liveness.hung() == ["scheduler"], "no answer comes, and the connection is not lost")
            stop.set()
            proxy.conditions = NORMAL
            proxy.cut()
            scheduler.join(SOON)
            assert not scheduler.is_alive()


def test_a_scheduler_that_is_stopped_ends_in_the_middle_of_a_long_job_which_is_not_done_then(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, pages = Event(), []

    def job(*_: object) -> Iterator[int]:
        for page in range(1000):
            stop.set()
            pages.append(page)
            yield 1

    with ledger.begin() as work:
        work.schedules.record_run("complete", in_hours(-48))
        before = work.schedules.last_run("complete")
    monkeypatch.setattr(scheduler_module, "TIMETABLE", {"complete": ("complete_cron", job)})
    Scheduler(ledger, HOURLY).run(stop)
    assert pages == [0]
    with ledger.read() as work:
        assert work.schedules.last_run("complete") == before


def test_of_two_schedulers_one_runs_a_job(ledger: Ledger, ran: dict[str, Ran]) -> None:
    schedulers, later = [Scheduler(ledger, HOURLY) for _ in range(2)], in_hours(1)
    for scheduler in schedulers:
        scheduler.turn(later)
    assert len(ran["complete"].runs) == 1


def test_a_job_that_fails_does_not_keep_the_others_from_running(ledger: Ledger, ran: dict[str, Ran]) -> None:
    ran["complete"].error = ValueError("a row that cannot be read")
    scheduler = Scheduler(ledger, HOURLY)
    scheduler.turn(in_hours(1))
    scheduler.turn(in_hours(2))
    assert (len(ran["complete"].runs), len(ran["sync"].runs)) == (2, 2)


def test_a_job_that_a_database_away_stopped_runs_again_for_the_same_time(ledger: Ledger, ran: dict[str, Ran]) -> None:
    ran["complete"].error = RetryableError("The database cannot be used right now.")
    scheduler, later = Scheduler(ledger, HOURLY), in_hours(1)
    with pytest.raises(RetryableError):
        scheduler.turn(later)
    ran["complete"].error = None
    scheduler.turn(later)
    first, second = ran["complete"].runs
    assert first == second


@pytest.mark.parametrize("line", ["every minute", "* * * *", "61 * * * *", "0 0 31 2 *"])
def test_a_wrong_cron_line_is_named_by_its_variable(ledger: Ledger, line: str) -> None:
    with pytest.raises(SettingsError, match=r"^CROSSDOCK_SYNC_CRON is wrong"):
        Scheduler(ledger, Settings(sync_cron=line))


def test_the_scheduler_that_leads_works_and_another_takes_over_when_it_ends(
    migrated_database_url: str, ran: dict[str, Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "TICK", 0.02)
    with opened_parts("memory://", migrated_database_url) as parts:
        turns: list[str] = []
        stops = {name: Event() for name in ("first", "second")}
        schedulers = {name: Scheduler(parts.ledger, HOURLY) for name in stops}
        for name, scheduler in schedulers.items():
            monkeypatch.setattr(scheduler, "turn", lambda now, name=name: turns.append(name))
        threads = {name: Thread(target=schedulers[name].run, args=(stops[name],), daemon=True) for name in stops}
        threads["first"].start()
        eventually(lambda: "first" in turns, "the first leads")
        threads["second"].start()
        mark = len(turns)
        eventually(lambda: len(turns) > mark + 5, "the first goes on")
        assert set(turns) == {"first"}
        stops["first"].set()
        eventually(lambda: "second" in turns, "the second takes over")
        stops["second"].set()
        for thread in threads.values():
            thread.join(SOON)
            assert not thread.is_alive()
