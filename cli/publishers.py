"""crossdock publishers: accounts that are bound to stores and events."""

from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.terminal.output import AsJson, note, print_json, print_table, say
from operations import publishers
from schemas.publisher import Publisher
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Publishers: which account speaks for which stores.", no_args_is_help=True)

Account = Annotated[
    str, typer.Argument(help="The publisher's account on RabbitMQ, or its name over HTTP.", metavar="ACCOUNT")
]
Stores = Annotated[list[str] | None, typer.Option("--store", help="A store that it speaks for; default: all.")]
Events = Annotated[list[str] | None, typer.Option("--event", help="An event that it publishes; default: all.")]


@app.command("list")
def list_publishers(as_json: AsJson = False) -> None:
    """List the publishers that are bound."""
    with opened_context() as context:
        bound = publishers.list_publishers(context)
    if as_json:
        print_json(to_json(bound))
        return
    rows = [(*_cells(row), row.tokens) for row in bound]
    print_table(("ACCOUNT", "STORES", "EVENTS", "TOKENS"), rows)


@app.command("set")
def set_publisher(
    account: Account, store: Stores = None, event: Events = None, *, who: Actor, as_json: AsJson = False
) -> None:
    """Bind an account to stores and events.

    With the first one, events of accounts that are not bound become dead letters, and so do those that name no account.
    """
    with opened_context() as context:
        publisher = publishers.set_publisher(context, account, store or (), event or (), actor=who)
    if as_json:
        print_json(to_json(publisher))
        return
    _, stores, events = _cells(publisher)
    say(f"{account} speaks for the stores: {stores}; it publishes: {events}.")


@app.command()
def remove(account: Account, *, who: Actor) -> None:
    """Remove a publisher; without any, all may publish."""
    with opened_context() as context:
        publishers.remove_publisher(context, account, actor=who)
    say(f"{account} is not bound any longer.")


@app.command()
def token(account: Account, *, who: Actor, as_json: AsJson = False) -> None:
    """Make a token for publishing over HTTP.

    It is shown this once: Crossdock keeps only its digest. Earlier tokens stay valid until `revoke-tokens`, so that one
    can be replaced while the publisher runs.
    """
    with opened_context() as context:
        made = publishers.make_token(context, account, actor=who)
    if as_json:
        print_json(to_json(made))
        return
    note(f"The token of {account}, shown this once; it is sent as Authorization: Bearer TOKEN.")
    say(made.token)


@app.command("revoke-tokens")
def revoke_tokens(account: Account, *, who: Actor) -> None:
    """Revoke all tokens of a publisher."""
    with opened_context() as context:
        revoked = publishers.revoke_tokens(context, account, actor=who)
    say(f"{account} has no token any longer; revoked: {revoked}.")


def _cells(publisher: Publisher) -> tuple[str, str, str]:
    return publisher.account, ", ".join(publisher.stores) or "all", ", ".join(publisher.events) or "all"
