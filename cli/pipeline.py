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
        (
            consumer.name,
            consumer.ready,
            consumer.unacknowledged,
            consumer.subscriptions,
            consumer.dead,
            f"{consumer.per_second:.1f}",
        )
        for consumer in state.consumers
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
            [(failure.system, failure.seller, failure.outcome, failure.calls) for failure in state.failed_calls],
        )
    if state.jobs:
        say("", "Jobs")
        jobs = [(job.name, to_seconds(job.ran_at), "failed" if job.failed else "done") for job in state.jobs]
        print_table(("JOB", "LAST RUN", "OUTCOME"), jobs)


def _print_processes(state: PipelineState) -> None:
    if state.processes:
        say("", "Processes")
        rows = [
            (
                process.name,
                process.host,
                process.pid,
                process.version,
                to_seconds(process.started_at),
                to_seconds(process.seen_at),
                _state(process),
            )
            for process in state.processes
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
            (state.name, state.rows, None if state.oldest_seconds is None else round(state.oldest_seconds))
            for state in waiting
        ]
        print_table(("WHAT", "COUNT", "OLDEST IN SECONDS"), rows)
