"""Setting up: config, migrate, topology, sync, and how the command line ends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from base64 import b64encode
from contextlib import closing, suppress
from pathlib import Path

import pytest

from events.registry import PAYLOADS
from schemas.settings import read_settings
from tests.builders import ORDER_ID, shipped
from tests.cli.conftest import Shell
from tests.harness import SOON, eventually
from workers.process.bootstrap import open_ledger
from workers.scheduler import TIMETABLE

ROOT = Path(__file__).parents[2]


def test_the_settings_are_shown_without_secrets(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", "amqps://someone:swordfish@127.0.0.1:5671/orders?verify=verify_none")
    vault_key = b64encode(bytes(range(32))).decode()
    monkeypatch.setenv("CROSSDOCK_VAULT_KEY", vault_key)
    answer = shell.ok("config", "check", "--json")
    assert "swordfish" not in answer.out
    assert vault_key not in answer.out
    shown = answer.json["settings"]
    assert shown["CROSSDOCK_BROKER_URL"] == "amqps://someone:***@127.0.0.1:5671/orders?verify=verify_none"
    assert shown["CROSSDOCK_DATABASE_URL"] == "sqlite:///crossdock.db"
    assert shown["CROSSDOCK_VAULT_KEY"] == "(set)"
    assert shown["CROSSDOCK_BATCH"] == 100


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CROSSDOCK_BROKER_URL", "memory", ("config", "check")),
        ("CROSSDOCK_BROKER_URL", "memory", ("topology", "apply")),
        ("CROSSDOCK_VAULT_KEY", "", ("config", "check")),
        ("CROSSDOCK_VAULT_KEY", "", ("orders", "list")),
    ],
)
def test_a_setting_that_holds_nothing_to_be_used_does_not_count_as_unset(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    answer = shell.run(*words)
    assert answer.code == 2
    assert name in answer.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CROSSDOCK_BATCH", "many"),
        ("CROSSDOCK_BROKER_URL", "carrier-pigeon://"),
        ("CROSSDOCK_DATABASE_URL", "a file"),
        ("CROSSDOCK_SYNC_CRON", "now and then"),
        ("CROSSDOCK_VAULT_KEY", "YWJj"),
        ("CROSSDOCK_EARLY_EVENT_TIMEOUT", "inf"),
        ("CROSSDOCK_EARLY_EVENT_TIMEOUT", "1e400"),
        ("CROSSDOCK_EARLY_EVENT_TIMEOUT", "1e14"),
        ("CROSSDOCK_ANSWER_TIMEOUT", "nan"),
        ("CROSSDOCK_WORK_TIME_LIMIT", "inf"),
        ("CROSSDOCK_SYNC_RATE", "inf"),
        ("CROSSDOCK_SYNC_RATE", "1e-300"),
        ("CROSSDOCK_PERSONAL_DATA_DAYS", "9999999"),
        ("CROSSDOCK_INBOX_RETENTION_DAYS", "9999999"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_with_2(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    answer = shell.run("config", "check")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert value not in answer.err or name == "CROSSDOCK_SYNC_CRON"


def test_a_key_file_is_checked_where_there_is_one_and_not_made(shell: Shell, tmp_path: Path) -> None:
    key_file = tmp_path / "crossdock.key"
    shell.ok("config", "check")
    assert not key_file.exists()
    key_file.touch(0o600)
    answer = shell.run("config", "check")
    assert (answer.code, answer.out, "crossdock.key is not base64" in answer.err) == (2, "", True)


def test_an_unknown_variable_is_named_with_the_nearest_there_is(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_BATCHES", "5")
    answer = shell.run("config", "check")
    assert answer.code == 1
    assert answer.err == "CROSSDOCK_BATCHES is not a setting; did you mean CROSSDOCK_BATCH?\n"


def test_embedded_there_is_no_topology_to_make(shell: Shell) -> None:
    for command in ("apply", "check"):
        assert shell.ok("topology", command).out.startswith("Nothing to do")
    assert shell.ok("topology", "check", "--json").json == {"problems": []}


@pytest.mark.parametrize("command", ["apply", "check"])
def test_a_broker_that_is_away_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", "amqp://127.0.0.1:9/")
    answer = shell.run("topology", command)
    assert (answer.code, answer.out) == (1, "")
    (line,) = answer.err.splitlines()
    assert line.startswith("crossdock: RabbitMQ at 127.0.0.1:9")


def test_a_server_database_is_migrated_by_its_own_command_only(
    shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", database_url)
    before = shell.run("orders", "list")
    assert (before.code, "run crossdock migrate" in before.err) == (2, True)
    shell.ok("migrate")
    shell.ok("stores", "add", "test-store", "--no-import-orders", "--integrated-at", "2026-01-01")
    shell.sell(1)
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.ok("stores", "set", "test-store", "--import-orders")
    shell.work()
    assert shell.ok("orders", "list", "--json").json["orders"][0]["import_state"] == "imported"


def test_a_database_file_needs_no_migration_by_hand(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "crossdock.db").unlink()
    assert shell.ok("orders", "list", "--json").json["count"] == 0
    shell.ok("migrate")


def test_a_database_of_a_newer_version_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    shell.ok("migrate")
    with closing(sqlite3.connect(tmp_path / "crossdock.db")) as database, database:
        database.execute("UPDATE crossdock_version SET version_num = '9999'")
        database.execute("UPDATE compatibility SET oldest_version = '9999'")
    for words in (("migrate",), ("orders", "list")):
        answer = shell.run(*words)
        assert (answer.code, "by a newer Crossdock" in answer.err) == (2, True)


def test_sync_completes_what_was_shipped(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1)
    shell.publish(shipped())
    answer = shell.ok("sync")
    assert answer.out == "Queued 1 request; `crossdock up` handles them.\n"
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "completed"


def test_sync_asks_again_for_what_is_blocked(shell: Shell) -> None:
    shell.sell(1)
    assert shell.ok("sync", "--json").json == {"asked": 1}
    shell.work()
    assert shell.ok("dead-letters", "list", "--json").json[0]["attempts"] == 2


@pytest.mark.parametrize("words", [("nonsense",), ("orders", "show"), ("orders", "list", "--colour")])
def test_wrong_usage_ends_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Usage: crossdock ")


@pytest.mark.parametrize("words", [("--help",), ("orders", "--help"), ("publish", "-h"), ("--version",)])
def test_help_and_version_end_with_0(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.ok(*words).out


def test_a_key_file_that_others_can_read_ends_with_2(shell: Shell, tmp_path: Path) -> None:
    shell.ok("stores", "list")
    (tmp_path / "crossdock.key").chmod(0o644)
    answer = shell.run("stores", "list")
    assert (answer.code, "chmod 600" in answer.err) == (2, True)


@pytest.mark.parametrize("words", [("orders", "list"), ("up",)], ids=" ".join)
def test_another_key_than_the_databases_ends_with_2_before_anything_is_written(
    shell: Shell, tmp_path: Path, words: tuple[str, ...]
) -> None:
    shell.sell(1)
    (tmp_path / "crossdock.key").rename(tmp_path / "old.key")
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (2, "")
    (line,) = answer.err.splitlines()
    assert line.startswith("crossdock: The database's data was encrypted with the key ")
    assert "CROSSDOCK_VAULT_KEY" in line
    (tmp_path / "old.key").rename(tmp_path / "crossdock.key")
    shell.ok("orders", "list")


@pytest.mark.parametrize(("words", "module"), [([], "cli.terminal.stdio"), (["orders", "list"], "schemas.settings")])
def test_a_command_interrupted_while_it_loads_exits_with_130_and_no_traceback(words: list[str], module: str) -> None:
    interrupted = """
import sys
from crossdock.__main__ import main

module = sys.argv.pop(1)

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == module:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
main()
"""
    command = [sys.executable, "-c", interrupted, module, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SOON, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_an_interrupted_command_ends_with_130(tmp_path: Path) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", "from cli.app import main; print('begun', flush=True); main()", "publish", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with command:
        assert command.stdout is not None
        assert command.stdin is not None
        assert command.stdout.readline() == b"begun\n"
        _wait_until_migrated(tmp_path / "crossdock.db")
        assert _interrupted(command) == 130


def _interrupted(command: subprocess.Popen[bytes]) -> int:
    """Interrupt a command, as people do: again when nothing happens, since Python drops one in a finalizer."""
    for _ in range(4):
        command.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return command.wait(SOON / 4)
    return command.wait(SOON)


def _wait_until_migrated(path: Path) -> None:
    """Wait until a command has made its ledger."""
    eventually(lambda: _is_migrated(path), "the ledger is made")


def _is_migrated(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as ledger, suppress(sqlite3.OperationalError):
        return bool(ledger.execute("SELECT count(*) FROM crossdock_version").fetchone()[0])
    return False


def test_the_events_are_exported_for_programs(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "contract"
    files = [Path(name) for name in shell.ok("schema", "export", str(folder), "--json").json["files"]]
    assert sorted(files) == sorted(folder.iterdir())
    documents = {file.name: json.loads(file.read_text()) for file in files}
    assert documents["asyncapi.json"]["asyncapi"] == "3.0.0"
    assert documents["commerce.shipped.1.json"]["$id"] == "urn:crossdock:commerce.shipped:1"
    printed = shell.ok("schema", "export", str(folder)).out
    assert printed == f"Wrote asyncapi.json and JSON Schemas of {len(PAYLOADS)} events to {folder}.\n"


def test_a_folder_that_cannot_be_written_is_reported_in_a_sentence(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = shell.run("schema", "export", str(tmp_path / "file"))
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"crossdock: {tmp_path / 'file'} cannot be written: File exists.\n"


def test_the_doctor_reports_on_each_part_and_ends_with_1_unless_all_is_well(shell: Shell) -> None:
    shell.ok("migrate")
    answer = shell.run("doctor", "--json")
    states = {finding["subject"]: finding["ok"] for finding in answer.json["findings"]}
    assert (answer.code, [subject for subject, ok in states.items() if not ok]) == (1, ["scheduler"])
    assert list(states) == [
        *("database", "vault", "outbox", "scheduler", "processes", "stores", "read-only mode", "reconciliation"),
        *("amazon", "commerce", "sign-in", "broker"),
    ]
    with closing(open_ledger(read_settings())) as ledger, ledger.begin() as work:
        for job in TIMETABLE:
            work.schedules.record_run(job, work.now)
    answer = shell.run("doctor")
    assert (answer.code, answer.err) == (0, "")
    assert "scheduler\tok\tNo job is overdue, and the last run of each succeeded.\n" in answer.out
