"""Wrong settings: one clear sentence that names the variable, and exit code 2."""

from pathlib import Path

import pytest

from cli.app import main
from schemas.settings import RENAMED
from tests.servers.templates import migrated_sqlite

RABBITMQ = "amqp://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give the process a database of its own with all tables, and a broker's address."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", migrated_sqlite(tmp_path / "crossdock.db"))
    monkeypatch.setenv("CROSSDOCK_BROKER_URL", RABBITMQ)


def ends_with(words: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("scheduler", "BROKER_URL", "http://127.0.0.1/"),
        ("scheduler", "BROKER_URL", "memory://"),
        ("relay", "BROKER_URL", "memory://"),
        ("work order-placed", "BROKER_URL", "memory://"),
        ("relay", "BROKER_URL", "amqp://127.0.0.1:port/"),
        ("relay", "DATABASE_URL", "mysql://127.0.0.1/test"),
        ("relay", "DATABASE_URL", "no url"),
        ("up", "BATCH", "0"),
        ("up", "PREFETCH", "many"),
        ("up", "LOG_LEVEL", "loud"),
        ("scheduler", "COMPLETE_CRON", "every minute"),
        ("scheduler", "RETENTION_CRON", "0 0 31 2 *"),
        ("relay", "VAULT_KEY", "too short"),
        ("orders list", "EARLY_EVENT_TIMEOUT", "-1"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_its_variable(
    command: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"CROSSDOCK_{name}", value)
    capsys.readouterr()
    assert ends_with(command.split()) == 2
    printed = capsys.readouterr().err
    (line,) = printed.splitlines()
    assert line.startswith("crossdock: ")
    assert f"CROSSDOCK_{name}" in line
    assert line.endswith(".")


def test_a_consumer_that_there_is_none_of_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(["work", "nonsense", "--processes", "3"]) == 2
    assert 'Unknown consumer "nonsense"' in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
@pytest.mark.parametrize("command", ["orders list", "config check", "sync", "relay"])
def test_an_old_setting_name_is_refused_with_the_new_one(
    command: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"CROSSDOCK_{old}", "1")
    capsys.readouterr()
    assert ends_with(command.split()) == 2
    assert capsys.readouterr().err == f"crossdock: CROSSDOCK_{old} is now CROSSDOCK_{new}; rename the variable.\n"


def test_an_old_command_name_is_refused_with_the_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(["clock"]) == 2
    assert capsys.readouterr().err == "crossdock: crossdock clock is now crossdock scheduler; run that.\n"
