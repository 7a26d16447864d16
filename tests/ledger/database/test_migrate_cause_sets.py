"""Migration 0034: letters that were saved before have their causes in their own rows, page by page."""

import importlib

import pytest

from ledger.dead_letters.cause_sets import CauseSet
from ledger.ledger import Ledger
from schemas.blockers import BlockerKind, Cause
from schemas.dead_letters import LetterFilter
from tests.ledger.database.versions import downgrade
from tests.ledger.values import a_letter, an_order_id

migration = importlib.import_module("ledger.migrations.versions.0034_cause_sets")

MISSING = Cause(kind=BlockerKind.PRODUCT_MISSING, key='A "quoted" Ä')
ADDRESS = [Cause(kind=BlockerKind.ADDRESS, key=an_order_id(number)) for number in range(2)]


def cause_sets(ledger: Ledger) -> list[CauseSet]:
    with ledger.read() as work:
        return sorted(work.replay_selection.groups(LetterFilter(), 10).sets, key=lambda one: one.letters)


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_letters_have_their_causes_in_their_rows(ledger: Ledger, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger.begin() as work:
        both = (a_letter(f"both{number}", MISSING, ADDRESS[number]) for number in range(2))
        work.dead_letters.save([*both, a_letter("one", MISSING), a_letter("none")])
    kept = cause_sets(ledger)
    assert [(one.letters, len(one.causes)) for one in kept] == [(1, 1), (2, 2)]
    downgrade(ledger, "0033")
    monkeypatch.setattr(migration, "PAGE", page)
    ledger.migrate()
    assert cause_sets(ledger) == kept
