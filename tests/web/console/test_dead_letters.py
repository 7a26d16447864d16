"""Pages of dead letters: causes, search, one letter, discards; and who may do it."""

import re
from datetime import timedelta

import pytest

from operations.people.audit import list_actions
from schemas.dead_letters import LetterState
from tests.builders import STORE_ID
from tests.harness import Pipeline
from tests.letters import LaterClock, block, failed, order_id, unreadable
from tests.web.people import Browser, linked_page


def test_letters_are_grouped_by_cause_with_count_age_and_solution(pipeline: Pipeline, operator: Browser) -> None:
    block(pipeline, range(3), "SKU-1")
    unreadable(pipeline)
    text = operator.get("/dead-letters").text
    assert "<strong>3</strong>" in text
    assert "manually match the listing to it" in text
    assert "Match product" in text
    assert f"/replays/new?kind=product_missing&amp;key=SKU-1&amp;store={STORE_ID}" in text
    assert "unreadable" in text


def test_an_empty_system_says_so(viewer: Browser) -> None:
    assert "Nothing is blocked" in viewer.get("/dead-letters").text
    assert "No letter is open here" in viewer.get("/dead-letters/list").text


def test_a_search_is_in_the_address_and_finds_by_order(pipeline: Pipeline, viewer: Browser) -> None:
    block(pipeline, range(2), "SKU-1")
    text = viewer.get(f"/dead-letters/list?search={order_id(1)}&class=&kind=").text
    assert order_id(1) in text
    assert order_id(0) not in text
    assert "No open letter matches" in viewer.get("/dead-letters?search=nothing").text
    assert viewer.get("/dead-letters?kind=nonsense").status_code == 422


def test_the_pages_of_a_list_have_every_letter_once(
    pipeline: Pipeline, viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.console.dead_letters.PAGE_SIZE", 2)
    block(pipeline, range(3))
    first = viewer.get("/dead-letters/list?kind=product_missing").text
    assert "3 open" in first
    second = viewer.get(linked_page(first, "next")).text
    assert "3 open" in second
    assert not linked_page(second, "next")
    for number in range(3):
        assert (order_id(number) in first) is not (order_id(number) in second)


def test_letters_are_found_by_the_age_of_their_last_failure(
    pipeline: Pipeline, operator: Browser, clock: LaterClock
) -> None:
    block(pipeline, range(1))
    clock.pass_time(minutes=3)
    block(pipeline, range(1, 2))
    between = f"{clock() - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    older, newer = (operator.get(f"/dead-letters/list?{name}={between}").text for name in ("older_than", "since"))
    assert (order_id(0) in older, order_id(1) in older) == (True, False)
    assert (order_id(0) in newer, order_id(1) in newer) == (False, True)
    assert "No open letter matches" in operator.get("/dead-letters?older_than=3d").text
    assert "expected 2026-05-01T10:00:00Z or 2h" in operator.get("/dead-letters?since=yesterday").text


def test_a_dry_run_by_age_starts_its_letters_however_long_a_person_reads_it(
    pipeline: Pipeline, operator: Browser
) -> None:
    block(pipeline, range(2))
    text = operator.get("/replays/new?since=2h").text
    form = dict(re.findall(r'type="hidden" name="(since|token)" value="([^"]+)"', text))
    started = operator.submit("/replays", **form, reason="fixed")
    assert started.headers["location"].startswith("/replays/")


def test_a_letter_is_shown_with_what_resolves_it_and_its_audit(pipeline: Pipeline, operator: Browser) -> None:
    block(pipeline, range(1))
    (letter,) = pipeline.letters()
    text = operator.get(f"/dead-letters/{letter.id}").text
    assert "does not exist in the catalog" in text
    assert "Nobody has replayed, edited or discarded it." in text
    assert operator.get("/dead-letters/ffffffff").status_code == 404


def test_letters_are_discarded_with_a_reason_and_only_those_that_were_shown(
    pipeline: Pipeline, operator: Browser
) -> None:
    block(pipeline, range(2))
    form = {"kind": "product_missing", "letters": "2"}
    assert "Discard 2 dead letters" in operator.get("/dead-letters/discard?kind=product_missing").text
    assert operator.submit("/dead-letters/discard", **form, reason=" ").status_code == 422
    assert operator.submit("/dead-letters/discard", **{**form, "letters": "1"}, reason="old").status_code == 422
    assert operator.submit("/dead-letters/discard", **form, reason="sold elsewhere").status_code == 303
    assert {letter.state for letter in pipeline.letters()} == {LetterState.DISCARDED}
    (act,) = [act for act in list_actions(pipeline.context, limit=10).rows if act.action == "letter.discard"]
    assert (act.who, act.why) == ("operator", "sold elsewhere")


def test_staff_discard_nothing(pipeline: Pipeline, staff: Browser) -> None:
    failed(pipeline)
    (letter,) = pipeline.letters()
    assert staff.get("/dead-letters/discard").status_code == 403
    assert staff.submit("/dead-letters/discard", letters="1", reason="x").status_code == 403
    assert "Discard" not in staff.get(f"/dead-letters/{letter.id}").text
