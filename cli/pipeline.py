"""crossdock pipeline: queues, rates, backlogs and the consumers at work, at this moment."""

from cli.command_line import to_json
from cli.terminal.output import AsJson, print_json, print_table, say, to_seconds, warn
from operations.monitoring.models import PipelineState, WaitingState
from operations.monitoring.processes import ProcessState
from workers.process.bootstrap import opened_context
from workers.process.watching import opened_pipeline_reader


def pipeline(as_json: AsJson = False) -> None:
    """Show queues, rates and backlogs.

    While the broker is away, a note is shown with the figures of the database.
    """
    with opened_context() as context, opened_pipeline_reader(context.settings, context.ledger) as reader:
        state = reader.read()
    if as_json:
        print_json(to_json(state))
        return
    if state.broker.problem:
        warn(state.broker.problem)
    _print(state)


def _print(state: PipelineState) -> None:
    rows = [
        (one.name, one.ready, one.unacknowledged, one.subscriptions, one.dead, f"{one.per_second:.1f}")
        for one in state.consumers
    ]
    print_table(("CONSUMER", "READY", "UNACKNOWLEDGED", "SUBSCRIPTIONS", "DEAD", "EVENTS/S"), rows)
    _print_processes(state)
    for title, waiting in (
        ("Outbox", state.outbox),
        ("Deferred", state.deferred),
        ("Open dead letters", state.letters),
        ("Blocked orders", state.blocked),
    ):
        _print_waiting(title, waiting)
    if state.failed_calls:
        say("", "Failed calls of the last hour")
        print_table(
            ("SYSTEM", "SELLER", "OUTCOME", "CALLS"),
            [(one.system, one.seller, one.outcome, one.calls) for one in state.failed_calls],
        )
    if state.jobs:
        say("", "Jobs")
        jobs = [(one.name, to_seconds(one.ran_at), "failed" if one.failed else "done") for one in state.jobs]
        print_table(("JOB", "LAST RUN", "OUTCOME"), jobs)


def _print_processes(state: PipelineState) -> None:
    if state.processes:
        say("", "Processes")
        rows = [
            (one.name, one.host, one.pid, one.version, to_seconds(one.started_at), to_seconds(one.seen_at), _state(one))
            for one in state.processes
        ]
        print_table(("PROCESS", "MACHINE", "PID", "VERSION", "STARTED", "LAST SEEN", "STATE"), rows)


def _state(process: ProcessState) -> str:
    if process.gone:
        return "gone"
    return "read-only" if process.read_only else "running"


def _print_waiting(title: str, waiting: tuple[WaitingState, ...]) -> None:
    if waiting:
        say("", title)
        rows = [
            (one.name, one.rows, None if one.oldest_seconds is None else round(one.oldest_seconds)) for one in waiting
        ]
        print_table(("WHAT", "COUNT", "OLDEST IN SECONDS"), rows)
