"""Commands of setup and maintenance: migrate, config, sync."""

import os
from datetime import UTC, datetime

import typer

from cli.command_line import to_json
from cli.terminal.output import AsJson, counted, note, print_facts, print_json, say
from operations.settings import show_settings
from operations.topology import check_broker_url
from schemas.settings import Settings, read_settings
from workers import jobs
from workers.process.bootstrap import check_vault_key, is_embedded, open_ledger, opened_context
from workers.scheduler import plan

config = typer.Typer(help="Settings from environment variables.", no_args_is_help=True)


def migrate() -> None:
    """Bring the database's tables to this version."""
    ledger = open_ledger(read_settings())
    try:
        ledger.migrate()
    finally:
        ledger.close()
    say("Database schema is up to date.")


@config.command("check")
def check_config(as_json: AsJson = False) -> None:
    """Show the settings, without secrets, and check them.

    Ends with 2 if a setting is invalid, with 1 if a variable with the prefix is unknown.
    """
    settings = read_settings()
    check_broker_url(settings)
    check_vault_key(settings)
    plan(settings, datetime.now(UTC))
    shown = show_settings(settings, os.environ)
    if as_json:
        print_json(to_json(shown))
    else:
        print_facts(shown.settings)
        for sentence in shown.unknown:
            note(sentence)
    if shown.unknown:
        raise typer.Exit(1)


def sync(as_json: AsJson = False) -> None:
    """Queue the requests of the scheduler now.

    Completions of shipped orders, imports of blocked ones, unanswered requests. `crossdock up` or `relay` sends them.
    """
    settings = read_settings()
    with opened_context(settings) as context:
        result = jobs.sync(context.ledger, settings)
    if as_json:
        print_json(to_json(result))
        return
    say(f"Queued {counted(result.asked, 'request')}; {carried_out_by(settings)}")


def carried_out_by(settings: Settings) -> str:
    """Return which command carries out queued requests."""
    return "`crossdock up` handles them." if is_embedded(settings) else "`crossdock relay` publishes them."
