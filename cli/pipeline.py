"""crossdock pipeline: queues, rates, backlogs and the consumers at work, at this moment."""

from cli.command_line import to_json
from cli.terminal.output import AsJson, print_json, print_table, say, to_seconds, warn
from operations.monitoring.models import PipelineState, WaitingState
from workers.process.bootstrap import opened_context
from workers.process.watching import opened_pipeline_reader


def pipeline(as_json: AsJson = False) -> None:
    """Show queues, rates and backlogs.

    While the broker is away, it says so and shows the figures of the database.
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
            ("SYSTEM", "OUTCOME", "CALLS"), [(one.system, one.outcome, one.calls) for one in state.failed_calls]
        )
    if state.jobs:
        say("", "Jobs")
        jobs = [(one.name, to_seconds(one.ran_at), "failed" if one.failed else "done") for one in state.jobs]
        print_table(("JOB", "LAST RUN", "OUTCOME"), jobs)


def _print_waiting(title: str, waiting: tuple[WaitingState, ...]) -> None:
    if waiting:
        say("", title)
        rows = [
            (one.name, one.rows, None if one.oldest_seconds is None else round(one.oldest_seconds)) for one in waiting
        ]
        print_table(("WHAT", "COUNT", "OLDEST IN SECONDS"), rows)
