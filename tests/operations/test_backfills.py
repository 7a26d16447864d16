"""Starting backfills: accepted spans and stores, refusals, and the record of the person who started each."""

from datetime import timedelta

import pytest

from operations import backfills
from operations.backfills import BackfillProgress
from operations.context import Context
from operations.errors import InvalidInputError, NotFoundError, RefusedActionError
from operations.people.audit import list_actions
from schemas.backfills import BackfillState
from tests.builders import STORE_ID
from tests.harness import Pipeline
from tests.letters import WHO, WHY
from tests.workers.intake import amazon_settings, connect_store

DAY = timedelta(days=1)


@pytest.fixture
def context(pipeline: Pipeline) -> Context:
    connect_store(pipeline.ledger)
    settings = amazon_settings("http://127.0.0.1:9")
    return Context(settings, pipeline.ledger, pipeline.parts.gateways, pipeline.commerce.catalog)


def start(
    context: Context, since: timedelta = DAY, until: timedelta | None = None, store_id: str | None = None
) -> BackfillProgress:
    now = context.ledger.now()
    end = None if until is None else now - until
    return backfills.start_backfill(context, now - since, end, store_id, actor=WHO, why=WHY)


def test_a_backfill_without_an_end_goes_until_three_minutes_ago(context: Context) -> None:
    started = start(context)
    age = context.ledger.now() - started.created_until
    assert timedelta(minutes=3) <= age < timedelta(minutes=4)
    assert (started.state, started.done, started.expected_end) == (BackfillState.RUNNING, 0.0, None)


@pytest.mark.parametrize(("since", "until"), [(DAY, 2 * DAY), (731 * DAY, DAY), (timedelta(minutes=1), timedelta(0))])
def test_a_span_that_amazon_does_not_have_is_refused(context: Context, since: timedelta, until: timedelta) -> None:
    with pytest.raises(InvalidInputError):
        start(context, since, until=until)
    assert backfills.list_backfills(context).rows == ()


def test_a_store_has_to_exist_and_to_have_a_marketplace(context: Context, pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError, match="no store nowhere"):
        start(context, store_id="nowhere")
    with pipeline.ledger.begin() as work:
        work.stores.add_missing(["without"])
    with pytest.raises(RefusedActionError, match="stores set without --marketplace-id"):
        start(context, store_id="without")
    assert start(context, store_id=STORE_ID).store_id == STORE_ID


def test_without_a_seller_nothing_is_started(pipeline: Pipeline) -> None:
    with pytest.raises(RefusedActionError, match="AMAZON_SELLER_ID"):
        start(pipeline.context)


def test_only_a_running_backfill_is_paused_and_only_a_paused_one_resumed(context: Context) -> None:
    backfill_id = start(context).backfill_id
    with pytest.raises(RefusedActionError, match="is running"):
        backfills.resume_backfill(context, backfill_id, actor=WHO, why=WHY)
    backfills.pause_backfill(context, backfill_id[:6], actor=WHO, why=WHY)
    with pytest.raises(RefusedActionError, match="is paused"):
        backfills.pause_backfill(context, backfill_id, actor=WHO, why=WHY)
    backfills.resume_backfill(context, backfill_id, actor=WHO, why=WHY)
    acts = [(act.action, act.subject) for act in list_actions(context, subject=f"backfill {backfill_id}").rows]
    assert sorted(acts) == [(f"backfill.{word}", f"backfill {backfill_id}") for word in ("pause", "resume", "start")]


def test_an_unknown_and_an_ambiguous_id_are_refused(context: Context) -> None:
    start(context)
    start(context)
    with pytest.raises(NotFoundError):
        backfills.show_backfill(context, "no such")
    with pytest.raises(InvalidInputError, match="Several"):
        backfills.show_backfill(context, "")
    first = backfills.list_backfills(context, limit=1)
    second = backfills.list_backfills(context, limit=1, after=first.next)
    assert (len({one.backfill_id for one in first.rows + second.rows}), second.next) == (2, None)
