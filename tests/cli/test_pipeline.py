"""crossdock pipeline: queues, consumers and processes at this moment."""

from events.registry import CONSUMERS
from tests.cli.conftest import Shell


def test_each_consumer_is_shown_and_that_the_queues_are_elsewhere(imported: Shell) -> None:
    state = imported.ok("pipeline", "--json").json
    assert [consumer["name"] for consumer in state["consumers"]] == list(CONSUMERS)
    answer = imported.ok("pipeline")
    assert all(consumer in answer.out for consumer in CONSUMERS)
    assert "The queues are inside the process that runs the consumers" in answer.err
