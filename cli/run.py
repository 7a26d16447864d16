"""The commands that run something: demo, up, work, relay, scheduler."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Event
from typing import Annotated

import structlog
import typer

from cli.demo import demo
from events.registry import CONSUMERS
from pipeline.liveness import Liveness
from schemas.errors import SettingsError
from schemas.settings import Settings, read_settings
from workers.process.bootstrap import Parts, assembled, is_embedded, open_ledger
from workers.process.garbage_collection import tune_gc
from workers.process.health import answering_probes, checks_of
from workers.process.logs import set_up_logs
from workers.process.retry import StoppedError, retry_until_stopped
from workers.process.shutdown import stop_on_signals, stopping_with_supervisor
from workers.process.supervisor import SET_UP_WRONGLY, Child, Supervisor
from workers.process.time_limit import enforcing_time_limit
from workers.reconciler import reconcile
from workers.runner import Loop, all_loops, consumer_loops, prepare, relay_loops, run_loops, scheduler_loops

log = structlog.get_logger(__name__)

Processes = Annotated[int, typer.Option(min=1, help="Processes that run the consumers; SQLite serves one.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(help="Run a small simulated shop to the end and sum up.")(demo)
    app.command(help="Run every part on this machine.")(up)
    app.command(help="Run one or several consumers; what an operator scales.")(work)
    app.command(help="Send the outbox, collect the broker's dead letters.")(relay)
    app.command(help="Do what is due: completions, syncs, retention.")(scheduler)


def up(processes: Processes = 1) -> None:
    """Run all parts until told to stop."""
    settings = _start()
    if is_embedded(settings):
        _run(settings, "crossdock up", _begin_embedded)
    else:
        _supervise(settings, [["work", *CONSUMERS]] * processes + [["relay"], ["scheduler"]])


def work(
    consumers: Annotated[list[str], typer.Argument(metavar="CONSUMER", help=f"Which: {', '.join(CONSUMERS)}.")],
    processes: Processes = 1,
    batch: Annotated[int | None, typer.Option(min=1, max=1000, help="Messages handled at once, at most.")] = None,
    prefetch: Annotated[int | None, typer.Option(min=1, max=2000, help="Messages held at once.")] = None,
) -> None:
    """Run consumers until told to stop."""
    for name in consumers:
        if name not in CONSUMERS:
            raise typer.BadParameter(f'"{name}" is no consumer; there are {", ".join(CONSUMERS)}.')
    chosen = {"batch": batch, "prefetch": prefetch}
    changes = {name: value for name, value in chosen.items() if value is not None}
    settings = _start_one_of_many().model_copy(update=changes)
    if processes > 1:
        options = [word for name, value in changes.items() for word in (f"--{name}", str(value))]
        _supervise(settings, [["work", *consumers, *options]] * processes)
    else:
        _run(settings, f"crossdock {' '.join(consumers)}", lambda parts: consumer_loops(parts, consumers))


def relay() -> None:
    """Run the relay until told to stop."""
    _run(_start_one_of_many(), "crossdock relay", relay_loops)


def scheduler() -> None:
    """Run the scheduler until told to stop."""
    _run(_start_one_of_many(), "crossdock scheduler", scheduler_loops)


def _start() -> Settings:
    settings = read_settings()
    set_up_logs(settings.log_level)
    return settings


def _start_one_of_many() -> Settings:
    """Start a process that is nothing without the others. In memory it would send its messages to nobody."""
    settings = _start()
    if is_embedded(settings):
        raise SettingsError(
            "CROSSDOCK_BROKER_URL is memory://, which one process has for itself: set it to a RabbitMQ's address,"
            " or run `crossdock up`."
        )
    return settings


def _begin_embedded(parts: Parts) -> Mapping[str, Loop]:
    """Say again what has no answer, for memory forgets at every end of the process; return all loops."""
    now = parts.ledger.now()
    sum(reconcile(parts.ledger, now, now))
    return all_loops(parts)


def _run(settings: Settings, name: str, loops: Callable[[Parts], Mapping[str, Loop]]) -> None:
    """Run loops until told to stop. A database that is away is waited for, from the start on, and probes are answered.

    Who asks whether the process lives would else kill one that only waits.
    """
    pulse = Liveness(settings.work_time_limit)
    with stop_on_signals() as stop, stopping_with_supervisor(stop), answering_probes(settings, pulse) as health:
        try:
            ledger = retry_until_stopped(lambda: open_ledger(settings), f"{name} opens the ledger", stop)
            with assembled(settings, ledger, name, pulse) as parts:
                begun = _begun(parts, name, loops, stop)
                with health.asking(checks_of(parts)), _kept_within_limits(parts):
                    log.info("at work", process=name)
                    ended_well = run_loops(begun, stop)
        except StoppedError as error:
            log.info("stopped before it began", reason=str(error))
            return
    if not ended_well:
        raise typer.Exit(1)
    log.info("stopped", process=name)


def _begun(parts: Parts, name: str, loops: Callable[[Parts], Mapping[str, Loop]], stop: Event) -> Mapping[str, Loop]:
    """Return the loops, once the ledger is what they need."""
    retry_until_stopped(lambda: prepare(parts), f"{name} looks at the ledger", stop)
    begun = retry_until_stopped(lambda: loops(parts), f"{name} begins", stop)
    tune_gc()
    return begun


def _kept_within_limits(parts: Parts) -> AbstractContextManager[None]:
    """End a process that hangs, except the embedded one: nobody starts it again, and memory would forget its queues."""
    return enforcing_time_limit(parts.liveness) if parts.bus.features.survives_crash else nullcontext()


def _health_port(settings: Settings, place: int) -> dict[str, str]:
    """Give each child a port of its own for its probes: two cannot answer at one."""
    return {"CROSSDOCK_HEALTH_PORT": str(settings.health_port + place)} if settings.health_port else {}


def _supervise(settings: Settings, commands: list[list[str]]) -> None:
    with stop_on_signals() as stop:
        fit = Supervisor([Child(words, _health_port(settings, place)) for place, words in enumerate(commands)]).run(
            stop
        )
    if not fit:
        raise typer.Exit(SET_UP_WRONGLY)
