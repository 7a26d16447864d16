"""The doctor: its lines about a healthy Crossdock, and about each part that is not."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from events.bus import Bus
from events.open_bus import open_bus
from events.registry import CONSUMERS
from events.topology import TOPOLOGY, UNROUTED
from ledger.ledger import Ledger
from schemas.message import Message
from schemas.processes import ConsumerReport, RunningProcess
from schemas.settings import Settings
from tests.harness import SOON, eventually
from tests.servers.rabbitmq import SeparateAccounts
from tests.servers.templates import migrated_sqlite
from workers import scheduler as scheduler_module
from workers.doctor import examine
from workers.process.bootstrap import open_ledger
from workers.scheduler import TIMETABLE, Scheduler

pytestmark = pytest.mark.broker


@pytest.fixture
def settings(tmp_path: Path, vhost_url: str) -> Settings:
    """A virtual host with nothing in it, and a database file that is not there yet."""
    return Settings.model_validate(
        {
            "broker_url": vhost_url,
            "database_url": f"sqlite:///{tmp_path / 'crossdock.db'}",
            "vault_key_file": str(tmp_path / "crossdock.key"),
        }
    )


@pytest.fixture
def ledger(settings: Settings, tmp_path: Path) -> Iterator[Ledger]:
    """The ledger, with its tables, on which every job has just run."""
    migrated_sqlite(tmp_path / "crossdock.db")
    with closing(open_ledger(settings)) as opened:
        _all_jobs_ran(opened, ago=timedelta())
        yield opened


@pytest.fixture
def bus(settings: Settings) -> Iterator[Bus]:
    """The bus, with every queue, each with one consumer."""
    with closing(open_bus(settings.broker_url.get_secret_value(), "test")) as opened:
        opened.declare(TOPOLOGY)
        for queue in (*CONSUMERS, UNROUTED):
            opened.subscribe(queue, prefetch=1)
        eventually(
            lambda: all(opened.consumer_count(queue) for queue in (*CONSUMERS, UNROUTED)), "every queue has a consumer"
        )
        yield opened


def _all_jobs_ran(ledger: Ledger, ago: timedelta) -> None:
    with ledger.begin() as work:
        for job in TIMETABLE:
            work.schedules.record_run(job, work.now - ago)


def _failing(settings: Settings) -> dict[str, str]:
    return {finding.subject: finding.details for finding in examine(settings) if not finding.ok}


def test_without_setup_each_server_reports_what_is_missing(settings: Settings) -> None:
    failing = _failing(settings)
    assert list(failing) == ["database", "broker"]
    assert "crossdock migrate" in failing["database"]
    assert 'The queue "importer" is missing: run `crossdock topology apply`.' in failing["broker"]


@pytest.mark.usefixtures("bus", "ledger")
def test_a_working_system_has_no_failing_finding(settings: Settings) -> None:
    findings = list(examine(settings))
    assert [finding for finding in findings if not finding.ok] == []
    assert [finding.subject for finding in findings] == [
        "database",
        "vault",
        "outbox",
        "scheduler",
        "processes",
        "stores",
        "read-only mode",
        "reconciliation",
        "amazon",
        "commerce",
        "sign-in",
        "broker",
        "accounts",
        *CONSUMERS,
        "relay",
    ]
    assert "guest:***@" in str(findings)
    (accounts,) = [finding.details for finding in findings if finding.subject == "accounts"]
    assert accounts.startswith("Accounts are not separated (this process has guest)")


def test_the_reader_may_examine_a_system_with_separate_accounts(
    settings: Settings, separate_accounts: SeparateAccounts
) -> None:
    with closing(open_bus(separate_accounts.url("topology"), "test")) as bus:
        bus.declare(TOPOLOGY)
    broker = SecretStr(separate_accounts.url("reader"))
    apart = settings.model_copy(update={"broker_url": broker, "account_prefix": separate_accounts.prefix})
    findings = {finding.subject: finding for finding in examine(apart)}
    assert findings["broker"].ok
    assert findings["accounts"].details.startswith(f"This process has the account {separate_accounts.prefix}reader")
    assert findings["importer"].details.startswith("No consumer on importer")


@pytest.mark.usefixtures("ledger")
def test_a_queue_without_consumer_is_reported_with_its_message_count(settings: Settings) -> None:
    with closing(open_bus(settings.broker_url.get_secret_value(), "test")) as bus:
        bus.declare(TOPOLOGY)
        bus.publish([Message("1", "import.requested", b"{}")]).wait(SOON)
        eventually(lambda: bus.message_count("importer") == 1, "the message is in the queue")
    failing = _failing(settings)
    assert list(failing) == [*CONSUMERS, "relay"]
    assert failing["importer"].startswith(
        "No consumer on importer, messages waiting: 1; run `crossdock work importer`."
    )


@pytest.mark.usefixtures("bus")
def test_overdue_outbox_messages_are_reported(settings: Settings, ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.outbox.put([Message("1", "import.requested", b"{}")], due_at=work.now - timedelta(seconds=30))
    assert _failing(settings) == {}
    with ledger.begin() as work:
        work.outbox.put([Message("2", "import.requested", b"{}")], due_at=work.now - timedelta(minutes=5))
    failing = _failing(settings)
    assert list(failing) == ["outbox"]
    assert "Is `crossdock relay` running?" in failing["outbox"]


@pytest.mark.usefixtures("bus")
def test_messages_that_the_broker_refuses_are_reported_by_event_and_consumer(
    settings: Settings, ledger: Ledger
) -> None:
    with ledger.begin() as work:
        work.refused.put([Message(str(number), "order.imported", b"{}") for number in range(3)])
        work.refused.put([Message("9", "import.requested", b"{}", to="importer")])
    details = _failing(settings)["outbox"]
    assert "RabbitMQ refuses messages of order.imported (3)" in details
    assert "a queue that is bound to it is full" in details
    assert "RabbitMQ refuses messages of import.requested (1)" in details
    assert "the queue importer is full" in details


@pytest.mark.usefixtures("bus")
def test_a_job_whose_last_run_failed_is_reported_with_its_error_until_a_run_succeeds(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> Iterator[int]:
        raise ValueError("personal data")

    monkeypatch.setattr(scheduler_module, "TIMETABLE", {**TIMETABLE, "sync": ("sync_cron", failing)})
    Scheduler(ledger, settings).turn(ledger.now() + timedelta(minutes=6))
    details = _failing(settings)["scheduler"]
    assert details.startswith("The job sync failed at its run of 20")
    assert "ValueError in failing, line" in details
    assert "personal data" not in details
    monkeypatch.setattr(scheduler_module, "TIMETABLE", TIMETABLE)
    Scheduler(ledger, settings).turn(ledger.now() + timedelta(minutes=12))
    assert _failing(settings) == {}


@pytest.mark.usefixtures("bus")
def test_overdue_jobs_are_reported(settings: Settings, ledger: Ledger) -> None:
    _all_jobs_ran(ledger, ago=timedelta(hours=1))
    failing = _failing(settings)
    assert list(failing) == ["scheduler"]
    assert failing["scheduler"].startswith("Overdue jobs: complete, expire_early, resend, sync")
    assert "Is `crossdock scheduler` running?" in failing["scheduler"]


@pytest.mark.usefixtures("bus")
def test_a_scheduler_that_has_just_started_is_well(settings: Settings) -> None:
    with closing(open_ledger(settings)) as fresh:
        fresh.migrate()
        Scheduler(fresh, settings).recall()
    assert _failing(settings) == {}


@pytest.mark.usefixtures("bus")
def test_a_scheduler_that_never_ran_is_reported(settings: Settings) -> None:
    with closing(open_ledger(settings)) as fresh:
        fresh.migrate()
    assert _failing(settings)["scheduler"].startswith(
        "Overdue jobs: complete, expire_early, resend, sync, sales, listings, retention"
    )


@pytest.mark.usefixtures("bus")
def test_a_process_that_holds_messages_and_acknowledges_none_fails(settings: Settings, ledger: Ledger) -> None:
    now = ledger.now()
    held = ConsumerReport(name="importer", unacknowledged=500, stuck_since=now - timedelta(minutes=5))
    process = RunningProcess(
        id="1", name="crossdock importer", host="host-1", pid=7, version="1", started_at=now, seen_at=now
    )
    with ledger.begin() as work:
        work.processes.report(process.model_copy(update={"consumers": (held,)}))
    assert "The consumer importer of process 7 on host-1 has held 500 messages" in _failing(settings)["processes"]
    going_on = held.model_copy(update={"stuck_since": now, "breaker_open_since": now - timedelta(minutes=5)})
    with ledger.begin() as work:
        work.processes.report(process.model_copy(update={"consumers": (going_on,)}))
    assert "The circuit breaker of importer has been open since" in _failing(settings)["processes"]
    well = held.model_copy(update={"stuck_since": None})
    with ledger.begin() as work:
        work.processes.report(process.model_copy(update={"consumers": (well,)}))
    (shown,) = [finding for finding in examine(settings) if finding.subject == "processes"]
    assert shown.details == "Processes that report: 1; unacknowledged messages: importer 500."
