"""crossdock restored: ids from before the restore are not given again, and the actor is recorded."""

from contextlib import closing

from operations.people.audit import list_actions
from schemas.settings import read_settings
from tests.cli.conftest import Shell
from workers.process.bootstrap import open_ledger, opened_context


def _incarnations() -> list[str]:
    with closing(open_ledger(read_settings())) as ledger:
        with ledger.begin():
            pass
        with ledger.read() as work:
            return [one.id for one in work.incarnations.all()]


def test_a_restore_is_declared(shell: Shell) -> None:
    shell.ok("migrate")
    before = _incarnations()
    sentence = shell.ok("restored", "--reason", "snapshot of 03:00", "--who", "ann").out
    assert sentence.startswith("The ids of Crossdock's own events differ from now on")
    assert len(_incarnations()) == len(before) + 1
    with opened_context() as context:
        (act,) = list_actions(context, action="restore.declare").rows
    assert (act.who, act.why) == ("ann", "snapshot of 03:00")
