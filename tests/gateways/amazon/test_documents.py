"""How a text is taken apart into JSON documents."""

import json

import pytest

from gateways.amazon.documents import read_documents
from gateways.amazon.found import Skipped


def taken_apart(text: str) -> list[tuple[int, object]]:
    """Line and member `a` of each document, or "skipped"."""
    return [
        (line, "skipped" if isinstance(document, Skipped) else document.value("a"))
        for line, document in read_documents(text)
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2}',
        '[{"a": 1},\n{"a": 2}]',
        '\ufeff\r{"a":\n1}{"a": 2}\n',
        '{"a": 1}{"A":\n 2}',
        '[{"a": 1}\n, {"a": 2}\n]',
    ],
)
def test_one_document_an_array_and_a_document_a_line_are_all_read(text: str) -> None:
    assert [value for _, value in taken_apart(text)] == [1, 2]


def test_documents_are_told_by_the_line_they_begin_on() -> None:
    text = '\n{"a": 1}\n\n{\n  "a": 2\n}\n[\n{"a": 3}\n]'
    assert taken_apart(text) == [(2, 1), (4, 2), (8, 3)]


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        '{"a": ',
        "oops",
        '{"a": NaN}',
        '{"a": 1e9999999999999999999}',
        "[" * 100_000,
        '{"a": "' + "x",
        "17",
        '"text"',
        "}",
    ],
)
def test_a_broken_line_is_reported_and_the_rest_goes_on(broken: str) -> None:
    found = taken_apart(f'{{"a": 1}}\n{broken}\n{{"a": 2}}')
    assert {(1, 1), (3, 2)} < set(found)
    assert "skipped" in {value for _, value in found}


def test_a_broken_document_over_several_lines_is_reported_once() -> None:
    text = json.dumps({"a": 1, "b": [1, 2]}, indent=2).replace("2\n", "oops\n") + '\n{"a": 2}'
    assert taken_apart(text) == [(1, "skipped"), (text.count("\n") + 1, 2)]


def test_an_array_that_was_cut_off_between_two_elements_is_noticed() -> None:
    assert taken_apart('[{"a": 1},\n{"a": 2}\n') == [(1, 1), (2, 2), (3, "skipped")]


def test_deep_nesting_is_a_reason_and_no_crash() -> None:
    assert taken_apart('{"a": ' + "[" * 10_000 + "]" * 10_000 + '}\n{"a": 2}') == [(1, "skipped"), (2, 2)]


@pytest.mark.parametrize("text", ["", "  \n\n", "[]", "\ufeff"])
def test_an_empty_text_holds_nothing(text: str) -> None:
    assert taken_apart(text) == []
