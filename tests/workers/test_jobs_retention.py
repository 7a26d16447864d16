"""Retention of records: ended letters and replays, and the audit log, each after its own time, and nothing open."""

from datetime import UTC, datetime, timedelta

import pytest

from gateways.commerce.attempts import Attempts
from operations.replays.control import abort
from schemas.dead_letters import LetterFilter, LetterState
from schemas.settings import Settings
from tests.builders import ORDER_ID, STORE_ID, a_report, changed
from tests.harness import Pipeline
from tests.letters import WHO, WHY, block, context_of, discard_letters, order_id, replay_of_blocked
from workers import jobs
from workers.jobs import apply_retention

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def rows(pipeline: Pipeline) -> dict[str, int]:
    """Count the rows of the tables that records are in."""
    with pipeline.ledger.read() as work:
        execute = work._tx.connection.exec_driver_sql
        tables = ("dead_letters", "dead_letter_causes", "replays", "replay_items", "audit_log")
        return {table: execute(f"SELECT count(*) FROM {table}").scalar_one() for table in tables}  # noqa: S608


def purge(pipeline: Pipeline, days: int, **settings: int) -> None:
    """Run the job so many days later."""
    due = datetime.now(UTC) + timedelta(days=days)
    given = Settings.model_validate(settings)
    assert sum(apply_retention(pipeline.ledger, given, due)) >= 0


def test_a_discarded_letter_goes_with_its_causes_after_its_time_and_an_open_one_stays(pipeline: Pipeline) -> None:
    block(pipeline, range(3))
    discard_letters(pipeline, LetterFilter(amazon_order_id=order_id(0)))
    purge(pipeline, 99, letter_retention_days=100)
    assert rows(pipeline)["dead_letters"] == 3
    purge(pipeline, 101, letter_retention_days=100)
    assert {letter.state for letter in pipeline.letters()} == {LetterState.OPEN}
    assert (rows(pipeline)["dead_letters"], rows(pipeline)["dead_letter_causes"]) == (2, 2)


def test_a_letter_stays_as_long_as_the_inbox_knows_its_message(pipeline: Pipeline) -> None:
    block(pipeline)
    discard_letters(pipeline, LetterFilter())
    purge(pipeline, 89, letter_retention_days=1)
    assert rows(pipeline)["dead_letters"] == 1
    purge(pipeline, 91, letter_retention_days=1)
    assert rows(pipeline)["dead_letters"] == 0


def test_a_replay_goes_with_its_letters_outcomes_after_its_time_a_page_at_a_time(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAGE", 2)
    ended = replay_of_blocked(pipeline, orders=5)
    abort(context_of(pipeline), ended, actor=WHO, reason=WHY)
    purge(pipeline, 99, replay_retention_days=100)
    assert (rows(pipeline)["replays"], rows(pipeline)["replay_items"]) == (1, 5)
    purge(pipeline, 101, replay_retention_days=100)
    assert (rows(pipeline)["replays"], rows(pipeline)["replay_items"]) == (0, 0)
    assert rows(pipeline)["dead_letters"] == 5, "they are open again"


def test_a_replay_that_has_not_ended_stays_and_so_do_its_letters(pipeline: Pipeline) -> None:
    replay_of_blocked(pipeline, orders=2)
    purge(pipeline, 1000)
    assert (rows(pipeline)["replays"], rows(pipeline)["replay_items"], rows(pipeline)["dead_letters"]) == (1, 2, 2)


def test_the_audit_log_goes_after_its_time(pipeline: Pipeline) -> None:
    block(pipeline)
    discard_letters(pipeline, LetterFilter())
    entries = rows(pipeline)["audit_log"]
    assert entries > 0
    purge(pipeline, 399, audit_retention_days=400)
    assert rows(pipeline)["audit_log"] == entries
    purge(pipeline, 401, audit_retention_days=400)
    assert rows(pipeline)["audit_log"] == 0


def test_the_attempts_at_creating_an_order_go_after_their_time_once_it_has_ended(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAGE", 1)  # so that the last page is a full one
    other = "123-1234567-7654322"
    pipeline.handle(a_report("Unshipped"), a_report("Unshipped", amazon_order_id=other), changed("Canceled", 2))
    attempts = Attempts(pipeline.ledger.documents, lambda: pipeline.ledger.now().timestamp())
    ended, blocked = (STORE_ID, ORDER_ID), (STORE_ID, other)
    for key in (ended, blocked):
        attempts.begin_repeatable(key, 0)
    purge(pipeline, 89)
    assert attempts.latest_of([ended, blocked]).keys() == {ended, blocked}
    purge(pipeline, 91)
    assert attempts.latest_of([ended, blocked]).keys() == {blocked}
