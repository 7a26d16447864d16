"""crossdock topology: exchanges, queues, and the accounts that use them."""

from pathlib import Path
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.terminal.output import AsJson, note, print_json, print_table, say
from operations.accounts import AccountAccess, list_accounts, write_accounts
from operations.topology import apply_topology, check_topology, list_policies, policies_as_script
from schemas.settings import Settings, read_settings
from workers.process.bootstrap import is_embedded
from workers.process.logs import set_up_logs

app = typer.Typer(help="Exchanges, queues and accounts on RabbitMQ.", no_args_is_help=True)

NOTHING_TO_DECLARE = (
    "Nothing to do: without CROSSDOCK_BROKER_URL, messages travel inside the process of `crossdock up`."
)

KeepBindings = Annotated[
    bool,
    typer.Option("--keep-former-bindings", help="For a rolling upgrade: processes of an older version still publish."),
]
Folder = Annotated[
    Path | None, typer.Argument(help="Write the files that make the accounts here; without it, list them.")
]
Vhost = Annotated[str, typer.Option(help="The virtual host on RabbitMQ.")]
Database = Annotated[str, typer.Option(help="The database on PostgreSQL.")]
Prefix = Annotated[str | None, typer.Option(help="Prefix of the names; default: CROSSDOCK_ACCOUNT_PREFIX.")]
Publishers = Annotated[
    list[str] | None, typer.Option("--publisher", help="A further upstream system's account; may be repeated.")
]


@app.command()
def apply(keep_former_bindings: KeepBindings = False) -> None:
    """Declare exchanges and queues; remove old bindings."""
    settings = _broker_settings()
    if is_embedded(settings):
        say(NOTHING_TO_DECLARE)
        return
    declared = apply_topology(settings, keep_former_bindings=keep_former_bindings)
    say(f"{declared.exchanges} exchanges, {declared.queues} queues declared.")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check that all exchanges and queues exist as declared.

    Ends with 1 if any is missing or differs.
    """
    settings = _broker_settings()
    result = check_topology(settings)
    if as_json:
        print_json(to_json(result))
    else:
        for problem in result.problems:
            note(problem)
        if not result.problems:
            say(NOTHING_TO_DECLARE if is_embedded(settings) else "All exchanges and queues exist.")
    if result.problems:
        raise typer.Exit(1)


@app.command("policies")
def list_queue_policies(vhost: Vhost = "/", as_json: AsJson = False) -> None:
    """Write the policies of queues, for rabbitmqctl.

    For CROSSDOCK_QUEUE_POLICIES: queues without arguments, whose policies a running cluster can change.
    """
    if as_json:
        print_json(to_json(list_policies()))
    else:
        say(policies_as_script(vhost).rstrip("\n"))


@app.command()
def permissions(
    folder: Folder = None,
    *,
    vhost: Vhost = "/",
    database: Database = "crossdock",
    prefix: Prefix = None,
    publisher: Publishers = None,
    as_json: AsJson = False,
) -> None:
    """List the accounts, or write files that make them.

    The files: passwords, RabbitMQ's definitions, the same for rabbitmqctl, and roles for psql. A repetition keeps the
    passwords.
    """
    prefix, publishers = prefix or read_settings().account_prefix, publisher or []
    if folder is None:
        _list(list_accounts(prefix, publishers), as_json=as_json)
        return
    written = write_accounts(folder, vhost, database, prefix, publishers)
    if as_json:
        print_json(to_json(written))
        return
    say(f"{written.accounts} accounts on RabbitMQ, {written.roles} roles on PostgreSQL:", *written.files)
    say(f"{written.files[0]} has the passwords: keep it.")


def _list(accounts: tuple[AccountAccess, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(accounts))
        return
    print_table(
        ("ACCOUNT", "CONFIGURE", "WRITE", "READ", "FOR"),
        [(account.name, account.configure, account.write, account.read, account.purpose) for account in accounts],
    )


def _broker_settings() -> Settings:
    # An unavailable broker is the command's own error; the connection's log would repeat it.
    set_up_logs("error")
    return read_settings()
