"""crossdock tokens: API tokens, by which programs act for users."""

from datetime import timedelta
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor
from cli.terminal.output import AsJson, note, print_json, print_table, say, to_seconds
from operations.people import api_tokens
from schemas.people import ApiToken, Permission
from workers.process.bootstrap import opened_context

app = typer.Typer(help="API tokens, by which programs act for users.", no_args_is_help=True)

User = Annotated[str, typer.Argument(help="The user for whom the token's bearer acts.", metavar="USER")]
Label = Annotated[str, typer.Option(help="The token's purpose.")]
Scopes = Annotated[list[Permission] | None, typer.Option("--scope", help="A right of the token, besides reading.")]
Days = Annotated[int | None, typer.Option("--days", min=1, max=3650, help="Days until it expires; default: never.")]


@app.command()
def create(
    user: User, label: Label, scope: Scopes = None, days: Days = None, *, who: Actor, as_json: AsJson = False
) -> None:
    """Create a token, and print it this once.

    Its rights are its scopes, as far as its user's role allows them.
    """
    scopes = {Permission.READ, *(scope or ())}
    lasts = timedelta(days=days) if days else None
    with opened_context() as context:
        new = api_tokens.create_token(context, user, label, scopes, lasts=lasts, actor=who)
    if as_json:
        print_json(to_json(new.token) | {"token": new.secret})
        return
    note(f"Token {new.token.id} may: {', '.join(new.token.scopes)}. It is not shown again.")
    say(new.secret)


@app.command("list")
def list_tokens(
    user: Annotated[str | None, typer.Option(help="Tokens of this user only.")] = None, as_json: AsJson = False
) -> None:
    """List the tokens, revoked ones too."""
    with opened_context() as context:
        tokens = api_tokens.list_tokens(context, user)
    if as_json:
        print_json(to_json(tokens))
        return
    columns = ("ID", "USER", "LABEL", "SCOPES", "CREATED", "EXPIRES", "LAST USED", "REVOKED")
    print_table(columns, [_cells(token) for token in tokens])


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="The token's id, as listed.", metavar="ID")], *, who: Actor
) -> None:
    """Revoke a token, at once."""
    with opened_context() as context:
        api_tokens.revoke_token(context, token_id, actor=who)
    say(f"Token {token_id} is revoked.")


def _cells(token: ApiToken) -> tuple[object, ...]:
    instants = (token.created_at, token.expires_at, token.last_used_at, token.revoked_at)
    return token.id, token.user_name, token.label, ", ".join(token.scopes), *map(to_seconds, instants)
