"""The command line: the table of commands, and one sentence for every known failure."""

import sys
from collections.abc import Sequence
from importlib import import_module
from io import StringIO
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cli.errors import InvalidArgumentError
from cli.lazy_group import LazyCommand, lazy_group
from cli.terminal.faults import report_fault, report_faults_of_threads
from cli.terminal.output import note
from cli.terminal.stdio import check_words, prepare_streams, utf_8_words, whole_answer
from crossdock import __version__
from schemas.errors import CrossdockError, SettingsError
from schemas.masked_urls import mask_urls
from schemas.visible_text import visible

REFUSED, WRONG_USAGE = 1, 2
"""Exit codes: the command was refused or failed; the command line or a setting is wrong."""

COMMANDS = {
    "demo": LazyCommand("cli.demo:demo", "Run a small simulated shop to the end and sum up."),
    "up": LazyCommand("cli.run:up", "Run every part on this machine."),
    "work": LazyCommand("cli.run:work", "Run one or more consumers."),
    "relay": LazyCommand("cli.run:relay", "Publish the outbox, run replays, drain queues."),
    "scheduler": LazyCommand("cli.run:scheduler", "Run scheduled jobs."),
    "intake": LazyCommand("cli.run:intake", "Receive events of Amazon, Commerce and publishers."),
    "console": LazyCommand("cli.console:console", "Serve the console and the API."),
    "simulator": LazyCommand("cli.simulator:simulator", "Serve a simulated Commerce and Amazon."),
    "publish": LazyCommand("cli.publish:publish", "Publish events from a file."),
    "backfills": LazyCommand("cli.backfills:app", "Backfills: publish Amazon's orders of the past."),
    "orders": LazyCommand("cli.orders:app", "Find, inspect and fix orders."),
    "dead-letters": LazyCommand("cli.dead_letters:app", "Dead letters: inspect, fix, replay."),
    "communication-errors": LazyCommand("cli.communication_errors:app", "Failed calls to Amazon and Commerce."),
    "products": LazyCommand("cli.products:app", "Products: the catalog and its Amazon listings."),
    "stores": LazyCommand("cli.stores:app", "Stores: their marketplaces and order settings."),
    "pipeline": LazyCommand("cli.pipeline:pipeline", "Show queues, rates and backlogs."),
    "users": LazyCommand("cli.users:app", "Users of the console and the API, and their roles."),
    "tokens": LazyCommand("cli.tokens:app", "API tokens, by which programs act for users."),
    "publishers": LazyCommand("cli.publishers:app", "Publishers: which account speaks for which stores."),
    "read-only": LazyCommand("cli.read_only:app", "Read-only mode: for copies of the database."),
    "vault": LazyCommand("cli.vault:app", "Keys of personal data, and looks at it."),
    "topology": LazyCommand("cli.topology:app", "Exchanges, queues and accounts on RabbitMQ."),
    "config": LazyCommand("cli.setup:config", "Settings from environment variables."),
    "migrate": LazyCommand("cli.setup:migrate", "Bring the database's tables to this version."),
    "restored": LazyCommand("cli.restored:restored", "Declare a restore that Crossdock cannot see."),
    "sync": LazyCommand("cli.setup:sync", "Queue the requests of the scheduler now."),
    "reconcile": LazyCommand("cli.reconcile:reconcile", "Compare Amazon, the ledger and Commerce, and repair."),
    "doctor": LazyCommand("cli.doctor:doctor", "Check that every part is set up and running."),
    "schema": LazyCommand("cli.schema:app", "Schemas of events and of the API, for programs."),
}
"""Every command by name, in the order of `crossdock --help`."""

RENAMED = {"clock": "scheduler"}
"""Commands of versions before 0.1.0, and their names since."""

app = typer.Typer(
    name="crossdock",
    cls=lazy_group(COMMANDS),
    help="Carries orders between Amazon and Adobe Commerce.",
    no_args_is_help=True,
    add_completion=False,
    # Boxes cut long names of options off; plain text does not.
    rich_markup_mode=None,
    # A traceback with the values of variables would show personal data.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"crossdock {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line on *words*, or on the process's own; ends with SystemExit and the exit code."""
    prepare_streams()
    arguments = utf_8_words(sys.argv[1:] if words is None else words)
    if words is None:  # else a test's process, which has its own
        report_faults_of_threads()
    try:
        check_words(arguments)
        _refuse_renamed(arguments)
        with whole_answer():
            sys.exit(app(args=arguments, prog_name="crossdock", standalone_mode=False) or 0)
    except TyperException as error:
        _show_usage(error)
        sys.exit(error.exit_code)
    except typer.Abort:
        note("Aborted!")
        sys.exit(REFUSED)
    except (SettingsError, InvalidArgumentError) as error:
        _fail(error, WRONG_USAGE)
    except CrossdockError as error:
        _fail(error, REFUSED)
    except Exception as error:  # noqa: BLE001 - a traceback would show its text
        report_fault(error)
        sys.exit(REFUSED)


def _refuse_renamed(arguments: Sequence[str]) -> None:
    """Raise InvalidArgumentError for a command that has another name now."""
    name = arguments[0] if arguments else ""
    if name in RENAMED:
        raise InvalidArgumentError(f"crossdock {name} is now crossdock {RENAMED[name]}; run that.")


def _show_usage(error: TyperException) -> None:
    """Print the error in the command line, by typer, which repeats arguments as they are."""
    words = StringIO()
    error.show(words)  # type: ignore[attr-defined] # of typer's private classes, one of which each of them is
    typer.echo("\n".join(visible(mask_urls(line)) for line in words.getvalue().split("\n")), err=True, nl=False)


def _fail(error: CrossdockError, code: int) -> None:
    # Only a hint needs it, and with it pydantic.
    sentence = import_module("cli.command_line").with_hint(error) if error.hint else str(error)
    note(f"crossdock: {sentence}")
    sys.exit(code)
