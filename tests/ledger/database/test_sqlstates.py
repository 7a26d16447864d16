"""Each class of SQLSTATEs, by whose fault it is, and the sentence about it."""

import pytest

from ledger.database.sqlstates import Blame, advice_on, blame_of

WAITING = [
    # state, words of its sentence
    ("XX000", "see its log"),
    ("XX001", "disk"),
    ("XX002", "disk"),
    ("0A000", "tables were changed"),
    ("42P05", "new session"),
    ("26000", "new session"),
    ("42883", "correct the object"),
    ("42704", "correct the object"),
    ("42601", "correct the object"),
    ("42P01", "restore it"),
    ("42703", "restore it"),
    ("3F000", "restore it"),
    ("3D000", "create it"),
    ("42501", "grant it"),
    ("28P01", "correct the account"),
    ("28000", "correct the account"),
    ("P0001", "trigger or function"),
    ("P0004", "trigger or function"),
    ("25P02", "new session"),
    ("25001", "new session"),
    ("25P03", "new session"),
    ("25006", "read-only"),
    ("72000", "correct the object"),
    ("21000", "correct the object"),
    ("08006", "try again later"),
    ("08P01", "try again later"),
    ("53100", "disk space"),
    ("53200", "try again later"),
    ("53300", "max_connections"),
    ("54000", "correct the object"),
    ("55000", "try again later"),
    ("57014", "canceled a statement"),
    ("57P01", "try again later"),
    ("57P03", "try again later"),
    ("58030", "machine failed"),
    ("F0000", "configuration"),
    ("HV000", "correct the object"),
    ("0L000", "correct the object"),
    ("ZZ999", "correct the object"),
]


@pytest.mark.parametrize(("state", "expected"), WAITING)
def test_an_error_that_is_not_of_data_is_retried_on_a_new_connection_with_a_sentence(state: str, expected: str) -> None:
    assert blame_of(state) is Blame.SURROUNDINGS
    sentence = advice_on(state, "the reason")
    assert expected in sentence
    assert "(the reason)" in sentence


@pytest.mark.parametrize("state", ["40001", "40P01", "40002", "55P03", "23505", "22012"])
def test_a_lost_race_is_repeated_at_once(state: str) -> None:
    assert blame_of(state) is Blame.OTHER_TRANSACTION


@pytest.mark.parametrize("state", ["22001", "22003", "22021", "22P05", "22023", "23502", "23503", "23514", "23P01"])
def test_data_that_cannot_be_stored_is_refused(state: str) -> None:
    assert blame_of(state) is Blame.EVENT
