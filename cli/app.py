"""The command line: puts the groups of commands together, and makes every known failure one sentence."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cli import dead_letters, doctor, orders, products, publish, run, schema, setup, stores
from cli.command_line import with_hint
from cli.errors import InvalidArgumentError
from cli.terminal.output import note
from cli.terminal.stdio import check_words, whole_answer
from crossdock import __version__
from schemas.errors import CrossdockError, SettingsError
from workers.process.logs import set_up_logs

REFUSED, WRONG_USAGE = 1, 2
"""Exit codes: it was refused or it failed; it was called, or the process is set up, wrongly."""

app = typer.Typer(
    name="crossdock",
    help="Carries orders between Amazon and Adobe Commerce.",
    no_args_is_help=True,
    add_completion=False,
    # Boxes cut long names of options off; plain text does not.
    rich_markup_mode=None,
    # A traceback with the values of variables would show personal data.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
run.register(app)
publish.register(app)
app.add_typer(orders.app, name="orders")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(products.app, name="products")
app.add_typer(stores.app, name="stores")
setup.register(app)
app.command(name="doctor", help="Tell whether everything is there and at work.")(doctor.doctor)
app.add_typer(schema.app, name="schema")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crossdock {__version__}")
        raise typer.Exit


@app.callback()
def _begin(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    set_up_logs("warning")


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line on *words*, or on the process's own; ends with SystemExit and the exit code."""
    told = sys.argv[1:] if words is None else list(words)
    try:
        check_words(told)
        with whole_answer():
            app(args=told, prog_name="crossdock")
    except (SettingsError, InvalidArgumentError) as error:
        _fail(error, WRONG_USAGE)
    except CrossdockError as error:
        _fail(error, REFUSED)


def _fail(error: CrossdockError, code: int) -> None:
    note(f"crossdock: {with_hint(error)}")
    sys.exit(code)
