"""Commands that run processes until stopped: up, work, relay, scheduler, intake."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from threading import Event
from typing import Annotated

import structlog
import typer

from cli.amazon_subscription import check, subscribe
from pipeline.liveness import Liveness
from schemas.errors import SettingsError
from schemas.settings import Settings, read_settings
from workers.metrics.process_metrics import ProcessMetrics
from workers.outbox_bus import OutboxBus
from workers.process.bootstrap import is_embedded, open_ledger
from workers.process.garbage_collection import tune_gc
from workers.process.health import readiness_checks, serving_probes
from workers.process.logs import set_up_logs
from workers.process.parts import Parts, assembled
from workers.process.retry import StoppedError, retry_until_stopped
from workers.process.shutdown import ending_in_time, stop_on_signals, stopping_with_supervisor
from workers.process.supervisor import INVALID_CONFIGURATION, Child, Supervisor
from workers.process.time_limit import enforcing_time_limit
from workers.process_reporter import ProcessReporter
from workers.runner import (
    CONSUMER_NAMES,
    Loop,
    all_loops,
    consumer_loops,
    prepare,
    relay_loops,
    run_loops,
    scheduler_loops,
)

log = structlog.get_logger(__name__)

intake = typer.Typer(help="Receive events of Amazon, Commerce and publishers.", no_args_is_help=True)


amazon = typer.Typer()
amazon.command("subscribe")(subscribe)
amazon.command("check")(check)
intake.add_typer(amazon, name="amazon")


Processes = Annotated[int, typer.Option(min=1, help="Number of processes that run the consumers; SQLite allows one.")]


WithConsole = Annotated[bool, typer.Option("--console/--no-console", help="Serve the console and the API, or not.")]


def up(processes: Processes = 1, with_console: WithConsole = True) -> None:
    """Run every part on this machine."""
    settings = _start()
    if is_embedded(settings):
        console: dict[str, Loop] = {"console": ConsoleProcess(settings)} if with_console else {}
        _run(settings, "crossdock up", lambda parts: {**_embedded_loops(parts), **console})
    else:
        further = [["intake", name] for name in _intakes(settings)] + ([["console"]] if with_console else [])
        _supervise(settings, [["work", *CONSUMER_NAMES]] * processes + [["relay"], ["scheduler"], *further])


class ConsoleProcess:
    """Runs the console in a process of its own, beside loops that share this one."""

    def __init__(self, settings: Settings) -> None:
        """Give it the probe port after that of this process."""
        self._environment = _health_port(settings, 1)

    def run(self, stop: Event) -> None:
        """Run it until *stop* is set, and again whenever it ends."""
        Supervisor([Child(["console"], self._environment)]).run(stop)


def work(
    consumers: Annotated[list[str], typer.Argument(metavar="CONSUMER", help=f"Any of {', '.join(CONSUMER_NAMES)}.")],
    processes: Processes = 1,
    batch: Annotated[int | None, typer.Option(min=1, max=1000, help="Maximum number of messages in a batch.")] = None,
    prefetch: Annotated[
        int | None, typer.Option(min=1, max=2000, help="Maximum number of unacknowledged messages.")
    ] = None,
) -> None:
    """Run one or more consumers."""
    for name in consumers:
        if name not in CONSUMER_NAMES:
            raise typer.BadParameter(f'Unknown consumer "{name}"; choose from {", ".join(CONSUMER_NAMES)}.')
    chosen = {"batch": batch, "prefetch": prefetch}
    changes = {name: value for name, value in chosen.items() if value is not None}
    settings = _start_part().model_copy(update=changes)
    if processes > 1:
        options = [word for name, value in changes.items() for word in (f"--{name}", str(value))]
        _supervise(settings, [["work", *consumers, *options]] * processes)
    else:
        _run(settings, f"crossdock {' '.join(consumers)}", lambda parts: consumer_loops(parts, consumers))


def relay() -> None:
    """Publish the outbox, run replays, drain queues."""
    _run(_start_part(), "crossdock relay", relay_loops)


def scheduler() -> None:
    """Run scheduled jobs."""
    _run(_start_part(), "crossdock scheduler", scheduler_loops)


@amazon.callback(invoke_without_command=True)
def intake_amazon(context: typer.Context) -> None:
    """Publish the orders that Amazon's notifications are about.

    The notifications are received from SQS, and the orders got from Amazon. Orders whose notification never came are
    found by a search. Any number may run; they share the orders and Amazon's rate.
    """
    if context.invoked_subcommand is None:
        _run(_start_part(), "crossdock intake amazon", _amazon_loops)


@intake.command("commerce")
def intake_commerce() -> None:
    """Publish shipments of Commerce; take events over HTTP.

    Adobe I/O events, the shop's own webhook, and CloudEvents of publishers are taken at CROSSDOCK_INTAKE_PORT. Changed
    shipments and products are looked for as well. Any number may run.
    """
    _run(_start_part(), "crossdock intake commerce", _commerce_loops)


def _start() -> Settings:
    settings = read_settings()
    set_up_logs(settings.log_level)
    return settings


def _start_part() -> Settings:
    """Start a process that needs others to be useful: an in-memory broker has no other process to deliver to."""
    settings = _start()
    if is_embedded(settings):
        raise SettingsError(
            "CROSSDOCK_BROKER_URL is memory://, a broker inside one process: set it to the address of a RabbitMQ,"
            " or run `crossdock up`."
        )
    return settings


def _embedded_loops(parts: Parts) -> Mapping[str, Loop]:
    """Resend everything unanswered, which the in-memory broker lost with the last process; return all loops.

    The claims of that process are released: there is no other one.
    """
    from workers.resender import release_claims, resend  # noqa: PLC0415 - only an embedded start needs it

    now = parts.ledger.now()
    release_claims(parts.ledger)
    sum(resend(parts.ledger, now, now))
    loops: dict[str, Loop] = {**all_loops(parts)}
    saving = replace(parts, bus=OutboxBus(parts.bus, parts.ledger))
    for name in _intakes(parts.settings):
        loops |= INTAKES[name](saving)
    return loops


def _intakes(settings: Settings) -> list[str]:
    """Return the intakes that the settings ask for."""
    intakes = {
        "amazon": any(seller.amazon_queue_url for seller in settings.sellers),
        "commerce": bool(settings.commerce_url or settings.intake_port),
    }
    return [name for name, is_wanted in intakes.items() if is_wanted]


def _amazon_loops(parts: Parts) -> Mapping[str, Loop]:
    # The HTTP client costs 0.1 s, which the other processes do not have to wait.
    from workers.amazon_intake import amazon_loops  # noqa: PLC0415

    return amazon_loops(parts)


def _commerce_loops(parts: Parts) -> Mapping[str, Loop]:
    from intake.loops import commerce_loops  # noqa: PLC0415 - as above, and the web framework's 0.3 s

    return commerce_loops(parts)


INTAKES = {"amazon": _amazon_loops, "commerce": _commerce_loops}


def _run(settings: Settings, name: str, loops: Callable[[Parts], Mapping[str, Loop]]) -> None:
    """Run loops until stopped. Waits for an unavailable database from the start on, and answers probes meanwhile.

    A liveness probe that got no answer would kill a process that only waits.
    """
    liveness, metrics = Liveness(settings.work_time_limit), ProcessMetrics()
    with (
        stop_on_signals() as stop,
        ending_in_time(stop),
        stopping_with_supervisor(stop),
        serving_probes(settings, liveness, metrics) as health,
    ):
        try:
            ledger = retry_until_stopped(lambda: open_ledger(settings), f"open the ledger of {name}", stop)
            with assembled(settings, ledger, name, liveness, metrics) as parts:
                running = _prepared_loops(parts, name, loops, stop)
                reporter = ProcessReporter(settings, ledger, name, parts.bus, running)
                checks = {**readiness_checks(parts), "progress": reporter.check}
                with health.using(checks), _kept_within_limits(parts):
                    log.info("process started", process=name)
                    ended_well = run_loops({**running, "reporter": reporter}, stop)
        except StoppedError as error:
            log.info("stopped during startup", reason=str(error))
            return
    if not ended_well:
        raise typer.Exit(1)
    log.info("process stopped", process=name)


def _prepared_loops(
    parts: Parts, name: str, loops: Callable[[Parts], Mapping[str, Loop]], stop: Event
) -> Mapping[str, Loop]:
    """Return the loops, after checking that the ledger is usable."""
    retry_until_stopped(lambda: prepare(parts), f"check the ledger of {name}", stop)
    prepared = retry_until_stopped(lambda: loops(parts), f"start the loops of {name}", stop)
    tune_gc()
    return prepared


def _kept_within_limits(parts: Parts) -> AbstractContextManager[None]:
    """Exit when a loop hangs, except embedded: no supervisor would restart it, and its queues would be lost."""
    return enforcing_time_limit(parts.liveness) if parts.bus.features.survives_crash else nullcontext()


def _health_port(settings: Settings, index: int) -> dict[str, str]:
    """Return the environment that gives a child a probe port of its own."""
    return {"CROSSDOCK_HEALTH_PORT": str(settings.health_port + index)} if settings.health_port else {}


def _supervise(settings: Settings, commands: list[list[str]]) -> None:
    children = [Child(words, _health_port(settings, index)) for index, words in enumerate(commands)]
    with stop_on_signals() as stop:
        well_configured = Supervisor(children).run(stop)
    if not well_configured:
        raise typer.Exit(INVALID_CONFIGURATION)
