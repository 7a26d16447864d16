"""crossdock users: who may sign in to the console, and with which role."""

import sys
from typing import Annotated

import typer

from cli.command_line import to_json
from cli.options.confirmation import Actor, at_terminal
from cli.terminal.output import AsJson, print_json, print_table, say, to_seconds
from operations.people import users
from schemas.people import Role, User
from workers.process.bootstrap import opened_context

app = typer.Typer(help="Users of the console and the API, and their roles.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name for signing in, in lower case.", metavar="NAME")]
UserRole = Annotated[Role, typer.Option("--role", help="The role, which has the user's rights.")]


@app.command()
def add(name: Name, role: UserRole = Role.VIEWER, *, who: Actor, as_json: AsJson = False) -> None:
    """Add a user.

    Asks for the password; in a pipe, it is the first line of standard input.
    """
    password = _password()
    with opened_context() as context:
        user = users.add_user(context, name, role, password, actor=who)
    _print(user, f"{name} may sign in as {role}.", as_json=as_json)


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users, disabled ones too."""
    with opened_context() as context:
        user_rows = users.list_users(context)
    if as_json:
        print_json(to_json(user_rows))
        return
    rows = [
        (user.name, user.role, "yes" if user.is_active else "no", to_seconds(user.created_at)) for user in user_rows
    ]
    print_table(("NAME", "ROLE", "ACTIVE", "ADDED"), rows)


@app.command("set-role")
def set_role(name: Name, role: UserRole, *, who: Actor, as_json: AsJson = False) -> None:
    """Give a user another role, at once."""
    with opened_context() as context:
        user = users.set_role(context, name, role, actor=who)
    _print(user, f"{name} is {role} now.", as_json=as_json)


@app.command("set-password")
def set_password(name: Name, *, who: Actor, as_json: AsJson = False) -> None:
    """Set a user's password, and end the user's sessions.

    Asks for it as `crossdock users add` does.
    """
    password = _password()
    with opened_context() as context:
        user = users.set_password(context, name, password, actor=who)
    _print(user, f"{name} signs in with the new password.", as_json=as_json)


@app.command()
def disable(name: Name, *, who: Actor, as_json: AsJson = False) -> None:
    """Disable a user: sessions end, API tokens are refused."""
    with opened_context() as context:
        user = users.disable_user(context, name, actor=who)
    _print(user, f"{name} is disabled.", as_json=as_json)


@app.command()
def enable(name: Name, *, who: Actor, as_json: AsJson = False) -> None:
    """Let a disabled user sign in again."""
    with opened_context() as context:
        user = users.enable_user(context, name, actor=who)
    _print(user, f"{name} may sign in as {user.role}.", as_json=as_json)


def _password() -> str:
    """Ask for a password twice, without showing it; in a pipe, read a line."""
    if at_terminal():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _print(user: User, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(to_json(user))
    else:
        say(sentence)
