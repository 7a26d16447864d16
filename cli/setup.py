"""Commands of setup and maintenance: topology, migrate, config, sync."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import typer
from pydantic import SecretStr

from cli.terminal.output import AsJson, counted, note, print_facts, print_json, say
from events.bus import Bus
from events.open_bus import open_bus
from events.rabbitmq.url import redacted_url as shown_broker
from events.topology import TOPOLOGY
from ledger.database.engine import redacted_url as shown_database
from schemas.settings import PREFIX, Settings, read_settings, unknown_variables
from workers import jobs
from workers.process.bootstrap import check_vault_key, is_embedded, open_ledger, opened_context
from workers.process.logs import set_up_logs
from workers.scheduler import plan

topology = typer.Typer(help="Exchanges and queues on RabbitMQ.", no_args_is_help=True)
config = typer.Typer(help="Settings from environment variables.", no_args_is_help=True)

NOTHING_TO_DECLARE = (
    "Nothing to do: without CROSSDOCK_BROKER_URL, messages travel inside the process of `crossdock up`."
)


@topology.command()
def apply() -> None:
    """Declare exchanges, queues and bindings that are missing."""
    settings = read_settings()
    if is_embedded(settings):
        say(NOTHING_TO_DECLARE)
        return
    with _broker(settings) as bus:
        bus.declare(TOPOLOGY)
    say(f"{len(TOPOLOGY.exchanges)} exchanges, {len(TOPOLOGY.queues)} queues declared.")


@topology.command()
def check(as_json: AsJson = False) -> None:
    """Check that all exchanges and queues exist as declared.

    Ends with 1 if any is missing or differs.
    """
    settings = read_settings()
    problems: list[str] = []
    if not is_embedded(settings):
        with _broker(settings) as bus:
            problems = bus.check(TOPOLOGY)
    if as_json:
        print_json({"problems": problems})
    else:
        for problem in problems:
            note(problem)
        if not problems:
            say(NOTHING_TO_DECLARE if is_embedded(settings) else "All exchanges and queues exist.")
    if problems:
        raise typer.Exit(1)


@contextmanager
def _broker(settings: Settings) -> Iterator[Bus]:
    # An unavailable broker is the command's own error; the connection's log would repeat it.
    set_up_logs("error")
    with closing(open_bus(settings.broker_url.get_secret_value(), "crossdock topology")) as bus:
        yield bus


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
    open_bus(settings.broker_url.get_secret_value(), "crossdock config").close()
    check_vault_key(settings)
    plan(settings, datetime.now(UTC))
    unknown = unknown_variables(dict(os.environ))
    shown = {PREFIX + name.upper(): _shown(settings, name) for name in Settings.model_fields}
    if as_json:
        print_json({"settings": shown, "unknown": unknown})
    else:
        print_facts(shown)
        for sentence in unknown:
            note(sentence)
    if unknown:
        raise typer.Exit(1)


def sync(as_json: AsJson = False) -> None:
    """Run the scheduled jobs once, now.

    Completes shipped orders, retries blocked ones, and sends unanswered requests again.
    """
    settings = read_settings()
    with opened_context(settings) as context:
        requested = jobs.run_all(jobs.SYNC, context.ledger, settings, context.ledger.now())
    if as_json:
        print_json({"asked": requested})
        return
    say(f"Queued {counted(requested, 'request')}; {carried_out_by(settings)}")


def carried_out_by(settings: Settings) -> str:
    """Return which command carries out queued requests."""
    return "`crossdock up` handles them." if is_embedded(settings) else "`crossdock relay` publishes them."


def _shown(settings: Settings, name: str) -> Any:
    """Return a setting's value: a URL without its password, of another secret only that it is set."""
    value = getattr(settings, name)
    if not isinstance(value, SecretStr):
        return value
    secret = value.get_secret_value()
    match name:
        case "database_url":
            return shown_database(secret)
        case "broker_url":
            return secret if is_embedded(settings) else shown_broker(secret)
    return "(set)"
