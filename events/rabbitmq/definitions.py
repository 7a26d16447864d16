"""Accounts and permissions as RabbitMQ reads them: its definitions file, and lines for `rabbitmqctl`."""

import secrets
import shlex
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from events.accounts import Account

Passwords = Mapping[str, str]
"""The password of each account, by its role."""

_SCRIPT = """\
#!/bin/sh
# Makes Crossdock's accounts on RabbitMQ; repeating it changes nothing. The passwords come from {variables}.
set -eu
. "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)/{variables}"

# The password is read from standard input, where no list of processes shows it.
account() {{
    printf '%s\\n' "$2" | rabbitmqctl --quiet add_user "$1" 2>/dev/null ||
        printf '%s\\n' "$2" | rabbitmqctl --quiet change_password "$1"
}}

rabbitmqctl --quiet add_vhost {vhost} 2>/dev/null || true
"""


def definitions(accounts: Iterable[Account], vhost: str, passwords: Passwords) -> dict[str, object]:
    """Return the definitions file: the accounts with hashed passwords, their permissions, and the virtual host."""
    account_list = list(accounts)
    return {
        "users": [_user(account, passwords[account.role]) for account in account_list],
        "vhosts": [{"name": vhost}],
        "permissions": [_permission(account, vhost) for account in account_list],
        "topic_permissions": [
            {"user": account.name, "vhost": vhost, "exchange": topic.exchange, "write": topic.write, "read": topic.read}
            for account in account_list
            for topic in account.topics
        ],
    }


def rabbitmqctl_script(accounts: Iterable[Account], vhost: str, variables: str, names: Mapping[str, str]) -> str:
    """Return a script with the same; *names* are the variables of the passwords, in the file *variables*, by role."""
    lines = [line for account in accounts for line in _lines(account, vhost, names[account.role])]
    return _SCRIPT.format(variables=variables, vhost=shlex.quote(vhost)) + "\n".join(lines) + "\n"


def _user(account: Account, password: str) -> dict[str, object]:
    """Return an account, its password as RabbitMQ stores it: a salt of 4 bytes, and SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return {
        "name": account.name,
        "password_hash": b64encode(salt + sha256(salt + password.encode()).digest()).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ",".join(account.tags),
    }


def _permission(account: Account, vhost: str) -> dict[str, str]:
    patterns = {"configure": account.configure, "write": account.write, "read": account.read}
    return {"user": account.name, "vhost": vhost, **patterns}


def _lines(account: Account, vhost: str, variable: str) -> Iterator[str]:
    yield ""
    yield f"# {account.purpose}"
    yield f'account {shlex.quote(account.name)} "${variable}"'
    if account.tags:
        yield _ctl("set_user_tags", account.name, *account.tags)
    yield _ctl("set_permissions", "--vhost", vhost, account.name, account.configure, account.write, account.read)
    for topic in account.topics:
        yield _ctl("set_topic_permissions", "--vhost", vhost, account.name, topic.exchange, topic.write, topic.read)


def _ctl(*words: str) -> str:
    return shlex.join(("rabbitmqctl", "--quiet", *words))
