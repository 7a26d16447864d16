"""Accounts on RabbitMQ and roles on PostgreSQL with least privilege: shown, and written as files that make them."""

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ConfigDict

from events.accounts import Account, accounts
from events.rabbitmq.definitions import definitions, rabbitmqctl_script
from ledger.database.roles import ROLES, roles_script
from operations.errors import RefusedActionError
from schemas.input_limits import read_secret
from schemas.value import Value

PASSWORDS = "accounts.env"
DEFINITIONS = "definitions.json"
RABBITMQCTL = "rabbitmqctl.sh"
POSTGRESQL = "postgresql.sql"

SUPERUSER = "DATABASE_PASSWORD_POSTGRES"
"""The variable of the password of PostgreSQL's superuser, where a container is made with it."""

PREFIX_FORM = re.compile(r"[a-z][a-z0-9-]*")
DATABASE_FORM = re.compile(r"[a-z][a-z0-9_]*")
ACCOUNT_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SETTING = re.compile(r"([A-Z0-9_]+)=(\S+)")


class TopicAccess(Value):
    """The routing keys of an exchange that an account may publish with, and bind its queues with."""

    model_config = ConfigDict(from_attributes=True)

    exchange: str
    write: str
    read: str


class AccountAccess(Value):
    """An account on RabbitMQ: its user, and regular expressions of the objects it may configure, write and read."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    purpose: str
    configure: str
    write: str
    read: str
    topics: tuple[TopicAccess, ...]
    tags: tuple[str, ...]


class WrittenAccounts(Value):
    """The files that were written, and how many accounts and roles they make."""

    files: tuple[str, ...]
    accounts: int
    roles: int


def list_accounts(prefix: str, publishers: Sequence[str]) -> tuple[AccountAccess, ...]:
    """Return all accounts on RabbitMQ. Raises RefusedActionError for a name that cannot be one."""
    return tuple(AccountAccess.model_validate(account) for account in _accounts(prefix, publishers))


def write_accounts(folder: Path, vhost: str, database: str, prefix: str, publishers: Sequence[str]) -> WrittenAccounts:
    """Write the files that make accounts and roles; passwords that a folder has already stay as they are.

    Only their owner can read the passwords; the servers read the other files, which have none. Raises
    RefusedActionError for a wrong name, or a folder that cannot be written.
    """
    _check(DATABASE_FORM, database, "database")
    broker_accounts = _accounts(prefix, publishers)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {account.role: _variable("BROKER", account.role) for account in broker_accounts}
        role_names = {role: _variable("DATABASE", role) for role in ROLES}
        kept = _passwords(folder / PASSWORDS, [*names.values(), *role_names.values(), SUPERUSER])
        by_role = {role: kept[name] for role, name in names.items()}
        texts = {
            PASSWORDS: "".join(f"{name}={password}\n" for name, password in kept.items()),
            DEFINITIONS: json.dumps(definitions(broker_accounts, vhost, by_role), indent=2) + "\n",
            RABBITMQCTL: rabbitmqctl_script(broker_accounts, vhost, PASSWORDS, names),
            POSTGRESQL: roles_script(prefix, database, role_names),
        }
        for name, text in texts.items():
            _write(folder / name, text, 0o600 if name == PASSWORDS else 0o644)
    except OSError as error:
        raise RefusedActionError(f"The accounts cannot be written to {folder}: {error.strerror}.") from None
    return WrittenAccounts(
        files=tuple(str(folder / name) for name in texts), accounts=len(broker_accounts), roles=len(ROLES)
    )


def _accounts(prefix: str, publishers: Sequence[str]) -> tuple[Account, ...]:
    _check(PREFIX_FORM, prefix, "prefix")
    for publisher in publishers:
        _check(ACCOUNT_FORM, publisher, "publisher")
        if publisher.startswith(prefix):
            raise RefusedActionError(f"A publisher's account cannot begin with {prefix}, as Crossdock's own do.")
    return accounts(prefix, dict.fromkeys(publishers))


def _check(form: re.Pattern[str], name: str, what: str) -> None:
    if not form.fullmatch(name):
        raise RefusedActionError(f"{name!r} cannot be the {what} of accounts: it needs the form {form.pattern}.")


def _variable(server: str, role: str) -> str:
    return f"{server}_PASSWORD_{re.sub('[^A-Z0-9]', '_', role.upper())}"


def _passwords(path: Path, names: Iterable[str]) -> dict[str, str]:
    """Return a password for each variable: the one in the file, or a new one. Letters and digits alone fit a URL."""
    existing = dict(_SETTING.findall(read_secret(path).decode())) if path.exists() else {}
    return {name: existing.get(name) or secrets.token_hex(24) for name in names}


def _write(path: Path, text: str, mode: int) -> None:
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(text)
