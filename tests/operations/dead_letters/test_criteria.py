"""The criteria of dead letters: a command's options and an address's fields select the same letters."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from cli.options.letter_filters import LetterFilterOptions
from operations.dead_letters.criteria import filter_of
from schemas.blockers import BlockerKind
from schemas.dead_letters import DeadLetterType, LetterFilter
from web.console.letter_query import LetterQuery

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WORDS: dict[str, Any] = {
    "search": "mug",
    "key": "SKU-1",
    "store": "us",
    "consumer": "importer",
    "event": "import.requested",
    "order": "111-2222222-3333333",
    "fingerprint": "f" * 16,
}


def test_options_and_an_address_make_the_same_filter() -> None:
    options = LetterFilterOptions(letter_type=DeadLetterType.BLOCKED, kind=BlockerKind.OUT_OF_STOCK, **WORDS)
    address = LetterQuery.model_validate({"class": "blocked", "kind": "out_of_stock", **WORDS, "page": "3"})
    assert options.at(NOW) == address.filter()
    assert address.filter().letter_type is DeadLetterType.BLOCKED
    given = {field.name for field in fields(LetterFilter) if getattr(address.filter(), field.name)}
    assert {field.name for field in fields(LetterFilter)} - given == {"state", "since", "until", "open_by", "ids"}


def test_blanks_are_no_criterion_and_an_id_is_that_of_one_letter() -> None:
    assert filter_of({"search": "  ", "store": None, "id": ""}) == LetterFilter()
    assert filter_of({"search": " mug ", "id": "abc", "since": NOW}) == LetterFilter(
        text="mug", ids=("abc",), since=NOW
    )
