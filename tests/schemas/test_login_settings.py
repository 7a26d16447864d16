"""Logins apart from their URLs: for the broker and the database, from files."""

from pathlib import Path

import pytest

from schemas.errors import SettingsError
from schemas.settings import read_settings


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file with a password that has to be escaped in a URL, and a line break behind it."""
    (tmp_path / "password").write_text("p@ss/word\n")
    return str(tmp_path / "password")


def test_user_and_password_complete_the_urls_of_both_servers(file: str) -> None:
    settings = read_settings(
        {
            "CROSSDOCK_BROKER_URL": "amqps://one:5671/shop;amqps://two:5671/shop",
            "CROSSDOCK_BROKER_USER": "crossdock-importer",
            "CROSSDOCK_BROKER_PASSWORD_FILE": file,
            "CROSSDOCK_DATABASE_URL": "postgresql://db/crossdock?sslmode=verify-full",
            "CROSSDOCK_DATABASE_USER": "crossdock_app",
            "CROSSDOCK_DATABASE_PASSWORD_FILE": file,
        }
    )
    login = "crossdock-importer:p%40ss%2Fword@"
    assert settings.broker_url.get_secret_value() == f"amqps://{login}one:5671/shop;amqps://{login}two:5671/shop"
    assert (
        settings.database_url.get_secret_value()
        == "postgresql://crossdock_app:p%40ss%2Fword@db/crossdock?sslmode=verify-full"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"CROSSDOCK_BROKER_PASSWORD_FILE": ""}, "cannot be read as text"),
        ({"CROSSDOCK_BROKER_URL": "amqp://guest:guest@one"}, "without a user"),
        ({"CROSSDOCK_BROKER_URL": ""}, "without a user"),
    ],
)
def test_a_login_that_cannot_be_used_is_refused(file: str, changes: dict[str, str], sentence: str) -> None:
    given = {
        "CROSSDOCK_BROKER_URL": "amqp://one",
        "CROSSDOCK_BROKER_USER": "crossdock-importer",
        "CROSSDOCK_BROKER_PASSWORD_FILE": file,
    }
    with pytest.raises(SettingsError, match=sentence):
        read_settings(given | changes)


@pytest.mark.parametrize("name", ["BROKER_USER", "DATABASE_PASSWORD_FILE"])
def test_half_a_login_is_refused(name: str, file: str) -> None:
    with pytest.raises(SettingsError, match="belong together"):
        read_settings({f"CROSSDOCK_{name}": file})
