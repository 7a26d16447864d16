"""The dry run of a replay: it counts and forecasts, freezes the selection, and refuses letters it cannot replay."""

from dataclasses import replace

import pytest

from operations.errors import ReplayRefusedError
from operations.replays.control import start
from operations.replays.dry_run import plan
from schemas.blockers import BlockerKind
from schemas.dead_letters import LetterFilter, LetterState
from schemas.product import Product
from schemas.replays import ReplayPace
from tests.harness import Pipeline
from tests.letters import (
    EVERY,
    FAST,
    FIXED,
    WHO,
    WHY,
    LaterClock,
    block,
    blocked,
    context_of,
    discard_letters,
    key,
    order_id,
    sync,
    unreadable,
)

pytestmark = pytest.mark.databases("sqlite", "postgresql")


def test_the_dry_run_counts_groups_forecasts_and_writes_nothing(pipeline: Pipeline) -> None:
    block(pipeline, range(3), "SKU-1")
    block(pipeline, range(3, 5), "SKU-2")
    unreadable(pipeline)
    pipeline.commerce.catalog.save([FIXED])
    before = pipeline.letters()
    found = plan(context_of(pipeline), EVERY, ReplayPace(rate=2.0, ramp=False))
    assert (found.count, found.checked, found.would_run, found.seconds) == (6, 6, 4, 3.0)
    assert [(group.kind, group.key, group.count) for group in found.groups] == [
        (BlockerKind.PRODUCT_MISSING, "SKU-1", 3),
        (BlockerKind.PRODUCT_MISSING, "SKU-2", 2),
    ]
    assert [(cause.kind, cause.key, cause.count, cause.reason) for cause in found.still_blocked] == [
        (BlockerKind.PRODUCT_MISSING, "SKU-2", 2, 'Product "SKU-2" in order does not exist in the catalog.'),
    ]
    assert [(group.consumer, group.count) for group in found.failures] == [("order-placed", 1)]
    assert len(found.sample) == 5
    assert found.warning is None
    assert pipeline.letters() == before
    with pipeline.ledger.read() as work:
        assert work.replays.latest() == []
        assert work.audit_log.latest() == []


def test_letters_that_are_not_grouped_are_counted_and_the_sample_failed_last(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    for number in range(7):
        block(pipeline, range(number, number + 1), f"SKU-{number}")
        clock.pass_time(minutes=1)
    unreadable(pipeline)
    missing = LetterFilter(kind=BlockerKind.PRODUCT_MISSING)
    of_sku, by_text = replace(missing, key="SKU-1"), LetterFilter(text="sku")
    for letters, count in ((EVERY, 8), (missing, 7), (of_sku, 1), (by_text, 7)):
        planned = plan(context_of(pipeline), letters, among=2)
        assert (planned.count, planned.checked) == (count, min(count, 2))
    sample = plan(context_of(pipeline), missing, among=6).sample
    assert [letter.amazon_order_id for letter in sample] == [order_id(number) for number in (6, 5, 4, 3, 2)]


def test_the_forecast_sees_a_match_made_by_hand_and_stock_that_is_short(pipeline: Pipeline) -> None:
    block(pipeline, range(1), "LISTED")
    block(pipeline, range(1, 2), "SHORT")
    pipeline.commerce.catalog.save([FIXED, Product(sku="SHORT", name="Test product", quantity=0)])
    with pipeline.ledger.begin() as work:
        work.matches.save(*key(0)[:1], "LISTED", "SKU-1")
    found = plan(context_of(pipeline), EVERY)
    assert {group.key for group in found.groups} == {"LISTED", "SHORT"}
    blocking = {cause.key: cause.reason for cause in found.still_blocked}
    assert blocking == {"SHORT": 'Product "SHORT" in order is not salable.'}


def test_a_missing_address_is_forecast_to_block_again(pipeline: Pipeline) -> None:
    pipeline.commerce.catalog.save([FIXED])
    block(pipeline, range(2), shipping_address=None)
    found = plan(context_of(pipeline), EVERY)
    (cause,) = found.still_blocked
    assert (cause.kind, cause.count, found.would_run) == (BlockerKind.PERSONAL_DATA, 2, 0)
    assert cause.reason


def test_a_letter_with_several_causes_is_in_the_group_of_each_and_forecast_once(pipeline: Pipeline) -> None:
    block(pipeline, range(2), "SKU 1", shipping_address=None)
    block(pipeline, range(2, 3), "SKU 12 \x1e3")
    found = plan(context_of(pipeline), EVERY)
    assert [(group.kind, group.key, group.count) for group in found.groups] == [
        (BlockerKind.PERSONAL_DATA, "", 2),
        (BlockerKind.PRODUCT_MISSING, "SKU 1", 2),
        (BlockerKind.PRODUCT_MISSING, "SKU 12 \x1e3", 1),
    ]
    assert (found.count, found.checked, found.would_run) == (3, 3, 0)


def test_of_many_letters_those_that_failed_last_are_checked_and_all_are_counted(
    pipeline: Pipeline, clock: LaterClock
) -> None:
    for number, sku in enumerate(("SKU-1", "SKU-2", "SKU-1", "SKU-2", "SKU-3")):
        block(pipeline, range(number, number + 1), sku)
        clock.pass_time(minutes=1)
    pipeline.commerce.catalog.save([FIXED])
    found = plan(context_of(pipeline), EVERY, among=3)
    assert (found.count, found.checked, found.would_run) == (5, 3, 1)
    assert {(group.key, group.count) for group in found.groups} == {("SKU-1", 1), ("SKU-2", 1), ("SKU-3", 1)}
    assert found.warning == "Only the 3 letters that failed last were checked."
    assert plan(context_of(pipeline), EVERY, among=5).warning is None


def test_of_letters_with_a_rare_cause_it_is_not_known_whether_they_would_run(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.replays.dry_run.GROUP_LIMIT", 1)
    block(pipeline, range(3), "SKU-2")
    block(pipeline, range(3, 5), "SKU-3")
    unreadable(pipeline)
    found = plan(context_of(pipeline), EVERY)
    assert (found.count, found.checked, found.would_run) == (6, 4, 1)
    assert found.warning == "Only the 1 most frequent causes were checked."


@pytest.mark.parametrize(
    ("wanted", "pace", "refusal"),
    [
        (LetterFilter(key="UNKNOWN"), FAST, "No open dead letter matches this filter"),
        (LetterFilter(ids=("unknown",)), FAST, "No open dead letter matches this filter"),
        (LetterFilter(state=LetterState.DISCARDED), FAST, "Only open letters"),
        (EVERY, ReplayPace(rate=0.0), "A rate of 0 letters"),
        (EVERY, ReplayPace(rate=float("nan")), "A rate of nan"),
        (EVERY, ReplayPace(rate=float("inf")), "A rate of inf"),
        (EVERY, ReplayPace(stop_share=0.0), "A stop share of 0"),
    ],
)
def test_a_selection_that_cannot_be_replayed_is_refused_in_a_sentence(
    pipeline: Pipeline, wanted: LetterFilter, pace: ReplayPace, refusal: str
) -> None:
    blocked(pipeline)
    with pytest.raises(ReplayRefusedError, match=refusal):
        plan(context_of(pipeline), wanted, pace)


def test_a_token_whose_selection_has_changed_is_refused_and_nothing_changes(pipeline: Pipeline) -> None:
    block(pipeline, range(3))
    found = plan(context_of(pipeline), EVERY)
    discard_letters(pipeline, LetterFilter(amazon_order_id=order_id(1)))
    for token in (found.token, "", "no token", found.token[:-1] + "x"):
        with pytest.raises(ReplayRefusedError, match="dry run"):
            start(context_of(pipeline), EVERY, token, pace=FAST, actor=WHO, reason=WHY)
    with pytest.raises(ReplayRefusedError, match="Actor and reason"):
        start(context_of(pipeline), EVERY, found.token, pace=FAST, actor=" ", reason=WHY)
    assert len(pipeline.letters(state=LetterState.OPEN)) == 2
    with pipeline.ledger.read() as work:
        assert work.replays.latest() == []


def test_letters_that_came_after_the_dry_run_are_not_replayed(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    found = plan(context_of(pipeline), EVERY)
    block(pipeline, range(2, 4))
    started = start(context_of(pipeline), EVERY, found.token, pace=FAST, actor=WHO, reason=WHY)
    assert started.letters == 2
    assert len(pipeline.letters(state=LetterState.OPEN)) == 2


def test_a_sync_between_dry_run_and_start_changes_no_selection(pipeline: Pipeline) -> None:
    block(pipeline, range(2))
    found = plan(context_of(pipeline), EVERY)
    sync(pipeline, lambda letter: letter.attempts == 2)
    assert start(context_of(pipeline), EVERY, found.token, pace=FAST, actor=WHO, reason=WHY).letters == 2
