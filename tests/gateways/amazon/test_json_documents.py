"""How a text is taken apart into JSON documents."""

import json
from time import process_time

import pytest

from gateways.amazon.json_documents import read_documents
from gateways.amazon.results import SkippedLine


def documents(text: str) -> list[tuple[int, object]]:
    """Line and member `a` of each document, or "skipped"."""
    return [
        (line, "skipped" if isinstance(document, SkippedLine) else document.value("a"))
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
def test_one_document_an_array_and_a_document_a_line_are_all_parsed(text: str) -> None:
    assert [value for _, value in documents(text)] == [1, 2]


def test_documents_have_the_line_they_begin_on() -> None:
    text = '\n{"a": 1}\n\n{\n  "a": 2\n}\n[\n{"a": 3}\n]'
    assert documents(text) == [(2, 1), (4, 2), (8, 3)]


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
def test_a_broken_line_is_reported_and_the_rest_is_parsed(broken: str) -> None:
    results = documents(f'{{"a": 1}}\n{broken}\n{{"a": 2}}')
    assert {(1, 1), (3, 2)} < set(results)
    assert "skipped" in {value for _, value in results}


def test_a_broken_document_over_several_lines_is_reported_once() -> None:
    text = json.dumps({"a": 1, "b": [1, 2]}, indent=2).replace("2\n", "oops\n") + '\n{"a": 2}'
    assert documents(text) == [(1, "skipped"), (text.count("\n") + 1, 2)]


def test_an_array_cut_off_between_two_elements_is_reported() -> None:
    assert documents('[{"a": 1},\n{"a": 2}\n') == [(1, 1), (2, 2), (3, "skipped")]


def test_deep_nesting_is_reported_and_raises_nothing() -> None:
    assert documents('{"a": ' + "[" * 10_000 + "]" * 10_000 + '}\n{"a": 2}') == [(1, "skipped"), (2, 2)]


@pytest.mark.parametrize("wide", [1, 4000, 4080, 4090, 4095, 4096, 5000, 100_000])
@pytest.mark.parametrize("value", ['"x"', "true", "-12.5e3", '"\\ud83d\\ude00"', '{"b": [null]}', '"\\n"'])
def test_a_document_of_any_length_is_parsed(wide: int, value: str) -> None:
    first = f'{{"fill": "{"x" * wide}", "b": {value}, "a": 1}}'
    assert documents(f'{first}\n[{first}, {{"a": 2}}]') == [(1, 1), (2, 1), (2, 2)]


def test_an_error_has_its_location_in_the_file() -> None:
    text = '{"a": 1}\n{"a": 2} {oops}\n{"a":\n oops}\n'
    reasons = [document.reason for _, document in read_documents(text) if isinstance(document, SkippedLine)]
    assert ["line 2, column 11" in reasons[0], "line 4, column 2" in reasons[1]] == [True, True]


@pytest.mark.parametrize("line", [f"{{'a': '{'x' * 50}'}}", f"[{{'a': '{'x' * 50}'}}]"])
def test_a_file_of_broken_documents_takes_time_linear_in_its_length(line: str) -> None:
    def seconds(lines: int) -> float:
        text = f"{line}\n" * lines
        start = process_time()
        assert len(list(read_documents(text))) >= lines
        return process_time() - start

    assert min(seconds(8000) for _ in range(2)) < 30 * seconds(800)


def test_a_line_that_is_no_json_is_reported_once() -> None:
    assert documents('111-0000001-0000001\t2026\t"MUG"\t5 8\n{"a": 1}') == [(1, "skipped"), (2, 1)]
    assert documents('[1, {"a": 1}, "x",\n{"a": 2}]') == [(1, "skipped"), (1, 1), (1, "skipped"), (2, 2)]


@pytest.mark.parametrize("text", ["", "  \n\n", "[]", "\ufeff"])
def test_an_empty_text_has_no_documents(text: str) -> None:
    assert documents(text) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [('"1"', '"1",,'), ('"1"', "oops"), ('"a":', '"a"'), ('"y": 1', '"y": 1,'), ('"y": 1', "y: 1")],
)
@pytest.mark.parametrize("indent", [0, 2])
def test_a_broken_document_is_reported_once_however_it_is_written(good: str, bad: str, indent: int) -> None:
    text = json.dumps({"a": 2, "items": [{"id": "1"}, {"id": "2"}], "x": {"y": 1}}, indent=indent)
    results = documents(text.replace(good, bad, 1) + '\n{"a": 3}')
    assert [value for _, value in results] in (["skipped", 3], ["skipped"])
    assert results[0] == (1, "skipped")


def test_a_broken_element_of_an_array_costs_no_other() -> None:
    assert [value for _, value in documents('[\n{"a": 1},\n{"b": 2,,},\n{"a": 3}\n]')] == [1, "skipped", 3]


def test_xml_is_reported_once() -> None:
    assert documents("<a>\n<b>x</b>\n<c/>\n</a>\n") == [(1, "skipped")]


ORDER = {"a": 1, "items": [{"b": 1, "c": {"d": 1}}, {"b": 2, "c": {"d": [1, [2]]}}], "e": {"f": [{"g": 1}]}, "z": ""}


def _flat(value: object) -> str:
    """Return JSON over several lines without indentation."""
    return json.dumps(value, indent=0)


@pytest.mark.parametrize("document", [ORDER, {"payload": {"Orders": [ORDER, ORDER]}}, {"e": [[{"a": 1}], {"a": 2}]}])
def test_a_document_without_indentation_that_is_cut_off_is_reported_once(document: object) -> None:
    text = _flat(document)
    for end in range(2, len(text) - 2):
        assert documents(text[:end]) == [(1, "skipped")], text[:end]


@pytest.mark.parametrize("end", range(30, 130, 7))
def test_an_element_without_indentation_that_is_cut_off_is_reported_once_and_the_others_are_parsed(end: int) -> None:
    text = f"[\n{_flat(ORDER)},\n{_flat(ORDER)[:end]}"
    found = documents(text)
    assert found[0] == (2, 1)
    assert [value for _, value in found[1:]] == ["skipped"]


@pytest.mark.parametrize("cut", range(2, 60, 3))
def test_a_document_a_line_that_is_cut_off_costs_no_other(cut: int) -> None:
    whole = json.dumps(ORDER)
    found = documents(f"{whole}\n{whole[:cut]}\n{whole}\n{whole}")
    assert [value for _, value in found] == [1, "skipped", 1, 1]


def test_a_document_without_indentation_that_misses_a_bracket_costs_no_other() -> None:
    text = _flat(ORDER)
    broken = text.replace("]", "", 1)
    assert [value for _, value in documents(f"{broken}\n{text}\n{broken}\n{text}")] == ["skipped", 1, "skipped", 1]
