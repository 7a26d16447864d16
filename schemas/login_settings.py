"""Logins apart from their URLs: a user by name, a password from a file, as containers and systemd mount secrets."""

from collections.abc import Mapping
from pathlib import Path
from re import fullmatch
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import SettingsError

SERVERS = ("BROKER", "DATABASE")


class LoginSettings(BaseModel):
    """User and password of the broker and the database, where their URLs have none."""

    model_config = ConfigDict(defer_build=True)  # only all settings together are ever read

    broker_user: str | None = Field(default=None, description="Account on RabbitMQ, if the URL has none.")
    broker_password_file: str | None = Field(default=None, description="File with its password, read at the start.")
    database_user: str | None = Field(default=None, description="Role on PostgreSQL, if the URL has none.")
    database_password_file: str | None = Field(default=None, description="File with its password, read at the start.")


def with_logins(settings: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the settings with the logins in the URLs. Raises SettingsError for half a login, or one given twice."""
    result = dict(settings)
    for server in SERVERS:
        user, file = settings.get(f"{server}_USER"), settings.get(f"{server}_PASSWORD_FILE")
        if user is None and file is None:
            continue
        if user is None or file is None:
            raise SettingsError(f"{prefix}{server}_USER and {prefix}{server}_PASSWORD_FILE belong together; set both.")
        password = _password(Path(file), f"{prefix}{server}_PASSWORD_FILE")
        hosts = settings.get(f"{server}_URL", "").split(";")
        result[f"{server}_URL"] = ";".join(_logged_in(host, user, password, prefix + server) for host in hosts)
    return result


def _password(path: Path, variable: str) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        raise SettingsError(f"{variable} cannot be read as text; check the path and its rights.") from None


def _logged_in(url: str, user: str, password: str, name: str) -> str:
    parts = fullmatch(r"(\w+(?:\+\w+)?://)([^@]*)", url)
    if parts is None:
        raise SettingsError(f"{name}_URL needs the form SCHEME://HOST without a user, as {name}_USER is set.")
    return f"{parts[1]}{quote(user, safe='')}:{quote(password, safe='')}@{parts[2]}"
