"""Cells for spreadsheets: no formula runs, numbers stay numbers, and a guarded cell can be read back."""

import re

import pytest

from schemas.spreadsheet_text import guard_formulas, unguard_formulas
from schemas.visible_text import visible
from tests.hostile_texts import FORMULAS

RUNS = re.compile(r"(?:^|[;|])[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]")


@pytest.mark.parametrize("cell", FORMULAS, ids=ascii)
def test_a_formula_is_marked_as_text_and_can_be_read_back(cell: str) -> None:
    cell = visible(cell)  # as every cell is that is written
    assert not RUNS.search(guard_formulas(cell))
    assert unguard_formulas(guard_formulas(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["-5.00", "+3", "-1,234.5", "-1e3", "-5%", "-", "", "111-0000001-0000001", "a=b", "MUG-1", "l'été", "a@b"]
)
def test_numbers_and_other_texts_stay_as_they_are(cell: str) -> None:
    assert guard_formulas(cell) == cell
    assert unguard_formulas(cell) == cell
