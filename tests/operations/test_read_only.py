"""Read-only mode: on by itself on a copy, by hand or by setting; off by release only."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from ledger.ledger import Ledger
from ledger.tables.read_only import database_places
from operations.context import Context
from operations.errors import RefusedActionError
from operations.people.audit import list_actions
from operations.read_only import ReadOnlyGuard, recognize_database, release, show_read_only, switch_on
from operations.unknown_stores import message_to_staff
from schemas.settings import Settings
from tests.harness import Pipeline


@pytest.fixture
def context(pipeline: Pipeline) -> Context:
    recognize_database(pipeline.ledger)
    return pipeline.context


def is_on(ledger: Ledger, *, by_setting: bool = False) -> bool:
    return ReadOnlyGuard(ledger, Settings(read_only=by_setting)).is_on()


def move(ledger: Ledger) -> None:
    """Have the database be elsewhere than where it is known, as in a copy."""
    with ledger.begin() as work:
        work._tx.connection.execute(delete(database_places))
        work.read_only.learn_place("/production/crossdock.db, inode 1")


def test_the_first_place_is_the_originals(context: Context) -> None:
    recognize_database(context.ledger)
    assert not is_on(context.ledger)
    assert show_read_only(context, 1).is_known_place


def test_a_copy_is_recognized_by_the_first_process_and_shown_above_lists(context: Context) -> None:
    move(context.ledger)
    assert is_on(context.ledger), "also for a command, before any process has started"
    recognize_database(context.ledger)
    status = show_read_only(context, 1)
    assert status.mode
    assert status.mode.who == "crossdock"
    assert "/production/crossdock.db" in status.mode.reason
    with context.ledger.read() as work:
        assert (message_to_staff(work) or "").startswith("Read-only mode since ")


def test_a_release_takes_the_place_for_the_originals(context: Context) -> None:
    move(context.ledger)
    recognize_database(context.ledger)
    release(context, actor="operator", why="moved")
    recognize_database(context.ledger)
    assert not is_on(context.ledger)
    (act,) = list_actions(context, action="read_only.release").rows
    assert (act.who, act.why) == ("operator", "moved")
    with pytest.raises(RefusedActionError, match="is off"):
        release(context, actor="operator", why="again")


def test_a_person_switches_it_on_and_off(context: Context) -> None:
    switch_on(context, actor="operator", why="drill")
    assert is_on(context.ledger)
    with pytest.raises(RefusedActionError, match="on already"):
        switch_on(context, actor="operator", why="drill")
    with context.ledger.begin() as work:
        work.read_only.withhold("CreateOrder", [("us", "1"), ("us", "2")])
        work.read_only.withhold("CreateOrder", [("us", "1")])
    status = show_read_only(context, 1)
    assert (status.withheld_count, status.withheld[0].times) == (2, 2)
    release(context, actor="operator", why="done")
    assert show_read_only(context, 1).withheld_count == 0


def test_the_setting_cannot_be_released_by_command(context: Context, tmp_path: Path) -> None:
    assert is_on(context.ledger, by_setting=True)
    by_setting = Context(Settings(read_only=True), context.ledger, context.gateways, context.catalog)
    with pytest.raises(RefusedActionError, match="CROSSDOCK_READ_ONLY is set"):
        release(by_setting, actor="operator", why="")
