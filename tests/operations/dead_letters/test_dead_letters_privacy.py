"""No personal data can be read in the ledger's files, in logs or in the models of dead letters and replays."""

import json
from dataclasses import asdict

import pytest
from sqlalchemy import MetaData, inspect, select
from structlog.testing import capture_logs

from operations.dead_letters.edit import edit
from operations.replays.dry_run import plan
from schemas.dead_letters import LetterFilter
from schemas.personal import Buyer
from tests.builders import HOME, placed
from tests.harness import Pipeline, event_of, message_of
from tests.letters import (
    FAST,
    WHO,
    WHY,
    begin_replay,
    block,
    collect,
    context_of,
    crash,
    failed,
    order_id,
    run_replay,
    unreadable,
)

pytestmark = pytest.mark.databases("sqlite", "postgresql")

SECRETS = ("Test Buyer", "1 Test Street", "Testville")


def everything_stored(pipeline: Pipeline) -> str:
    """Return all rows of all tables as text, as somebody with the database but not the key sees them."""
    engine = pipeline.ledger._engine
    tables = MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        names = set(inspect(connection).get_table_names())
        rows = [row for table in tables.sorted_tables for row in connection.execute(select(table))]
    assert {"dead_letters", "replays", "replay_items", "audit_log", "outbox"} <= names
    return "\n".join(_text(row) for row in rows)


def _text(row: object) -> str:
    values = tuple(row)  # type: ignore[arg-type, var-annotated]
    return " ".join(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values)


def test_nothing_personal_is_readable_while_letters_are_listed_replayed_and_edited(pipeline: Pipeline) -> None:
    visible = []
    with capture_logs() as logged:
        block(pipeline, range(2), buyer=Buyer(name="Test Buyer"))
        failed(pipeline)
        unreadable(pipeline)
        crash(pipeline)
        event = event_of(placed(amazon_order_id=order_id(5), shipping_address=HOME)) | {"type": "nobody.knows"}
        pipeline.publish([message_of(event, "nobody.knows")])
        collect(pipeline)
        visible.append(plan(context_of(pipeline), LetterFilter(), FAST).model_dump())
        started = begin_replay(pipeline)
        run_replay(pipeline, started.replay_id)
        broken = next(letter for letter in pipeline.letters() if letter.letter_type == "unreadable")
        body = json.dumps(event_of(placed(amazon_order_id=order_id(6), shipping_address=HOME))).encode()
        edit(context_of(pipeline), broken.id, body, actor=WHO, reason=WHY)
        pipeline.drain()
        with pipeline.ledger.read() as work:
            visible += [asdict(item) for item in work.replays.items(started.replay_id)]
            visible += [act.model_dump() for act in work.audit_log.latest()]
    visible += [letter.model_dump() for letter in pipeline.letters()]
    stored = "\n".join(
        line for line in everything_stored(pipeline).splitlines() if not line.startswith(("commerce.", "amazon."))
    )
    for place in (stored, json.dumps(visible, default=str), json.dumps(logged, default=str)):
        assert not [secret for secret in SECRETS if secret in place]
