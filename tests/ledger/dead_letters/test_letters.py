"""Dead letters, and the wake keys of blocked orders."""

from dataclasses import replace

import pytest

from ledger.dead_letters import letters, replay_queries
from ledger.dead_letters.letter_rows import letter_id
from ledger.errors import AmbiguousLetterError, UnknownLetterError
from ledger.ledger import Ledger
from schemas.blockers import BlockerKind, Cause
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState, NewLetter
from tests.ledger.values import NOON, Clock, a_letter, an_order, an_order_id

MISSING = Cause(kind=BlockerKind.PRODUCT_MISSING, key="SKU-1")
DISABLED = Cause(kind=BlockerKind.PRODUCT_DISABLED, key="SKU-2")


def save(ledger: Ledger, *letters: NewLetter) -> None:
    with ledger.begin() as work:
        work.dead_letters.save(letters)


def test_a_listed_letter_has_everything_but_its_body(ledger: Ledger) -> None:
    save(ledger, a_letter("m1", MISSING, DISABLED))
    with ledger.read() as work:
        (letter,) = work.dead_letters.latest()
    assert letter.id == letter_id(a_letter().identity)
    assert letter.causes == (DISABLED, MISSING)
    assert (letter.letter_type, letter.state, letter.attempts) == (DeadLetterType.BLOCKED, LetterState.OPEN, 1)
    assert (letter.amazon_order_id, letter.first_at, letter.last_at) == (an_order_id(1), NOON, NOON)


def test_the_message_of_a_letter_is_read_as_it_was_saved(ledger: Ledger) -> None:
    save(ledger, a_letter())
    with ledger.read() as work:
        assert work.dead_letters.message(letter_id(a_letter().identity)) == a_letter().message


def test_a_repeat_is_the_same_letter_with_one_more_attempt_and_the_last_causes(ledger: Ledger, clock: Clock) -> None:
    save(ledger, a_letter("m1", MISSING))
    clock.pass_time(minutes=5)
    save(ledger, a_letter("m1", DISABLED, reason="Another reason."))
    with ledger.read() as work:
        (letter,) = work.dead_letters.latest()
    assert (letter.attempts, letter.reason, letter.causes) == (2, "Another reason.", (DISABLED,))
    assert (letter.first_at, letter.last_at) == (NOON, clock.now)


def test_a_resolved_letter_is_open_again_when_its_message_fails_again(ledger: Ledger) -> None:
    states = []
    for resolve in (False, True, False):
        with ledger.begin() as work:
            if resolve:
                work.dead_letters.resolve([a_letter().identity, "unknown"])
            else:
                work.dead_letters.save([a_letter()])
            states.append(work.dead_letters.latest()[0].state)
    assert states == [LetterState.OPEN, LetterState.RESOLVED, LetterState.OPEN]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LetterFilter(), 2),
        (LetterFilter(kind=BlockerKind.PRODUCT_MISSING, key="SKU-1"), 1),
        (LetterFilter(kind=BlockerKind.PRODUCT_DISABLED, key="SKU-1"), 0),
        (LetterFilter(key="SKU-1"), 1),
        (LetterFilter(letter_type=DeadLetterType.FAILED, consumer="importer"), 1),
        (LetterFilter(state=LetterState.RESOLVED), 0),
        (LetterFilter(store_id="none"), 0),
        (LetterFilter(event="import.requested", amazon_order_id=an_order_id(1)), 2),
    ],
)
def test_letters_are_filtered_by(ledger: Ledger, wanted: LetterFilter, found: int) -> None:
    save(ledger, a_letter("m1", MISSING), a_letter("m2"))
    with ledger.read() as work:
        assert len(work.dead_letters.latest(wanted)) == found


@pytest.mark.parametrize(
    ("text", "found"), [('A "b" Ä_%', 2), ('A "b" Ä__', 0), ('A "b"', 0), ("product_missing", 0), ("SKU-2", 1)]
)
def test_a_search_finds_whole_keys_of_causes(ledger: Ledger, text: str, found: int) -> None:
    odd = Cause(kind=BlockerKind.PRODUCT_MISSING, key='A "b" Ä_%')
    save(ledger, a_letter("m1", odd), a_letter("m2", odd, DISABLED), a_letter("m3"))
    with ledger.read() as work:
        assert len(work.dead_letters.latest(LetterFilter(text=text))) == found


@pytest.mark.parametrize("first", [1, 3, 4, 1000])
def test_a_search_lists_the_latest_letters_however_many_are_searched_first(
    ledger: Ledger, clock: Clock, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "SEARCHED_FIRST", first)
    for number, reason in enumerate(("Wanted", "Wanted", "Other", "Wanted", "Other")):
        save(ledger, a_letter(f"m{number}", reason=reason))
        clock.pass_time(minutes=1)
    wanted = LetterFilter(text="wanted")
    with ledger.read() as work:
        found = work.dead_letters.latest(wanted)
        assert [letter.first_at.minute for letter in found] == [3, 1, 0]
        assert work.dead_letters.latest(wanted, 1) == found[:1]
        assert work.dead_letters.latest(wanted, 1, (found[0].last_at, found[0].id)) == found[1:2]
        assert work.dead_letters.latest(wanted, 2, (found[1].last_at, found[1].id)) == found[2:]


@pytest.mark.parametrize("many", [1, 1000])
def test_a_count_of_one_kind_has_the_letters_with_any_cause_of_it(
    ledger: Ledger, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_queries, "MANY", many)
    named_so = Cause(kind=BlockerKind.PRODUCT_MISSING, key='["product_disabled","SKU-2"]')
    save(ledger, a_letter("m1", MISSING), a_letter("m2", MISSING, DISABLED), a_letter("m3", named_so), a_letter("m4"))
    assert (count(ledger, MISSING.kind), count(ledger, DISABLED.kind), count(ledger, None)) == (3, 1, 4)
    save(ledger, a_letter("m1", DISABLED), a_letter("m2"))
    assert (count(ledger, MISSING.kind), count(ledger, DISABLED.kind), count(ledger, None)) == (1, 1, 4)


def count(ledger: Ledger, kind: BlockerKind | None) -> int:
    with ledger.read() as work:
        return work.replay_selection.count(LetterFilter(kind=kind))


def test_a_letter_is_found_by_the_prefix_of_its_id(ledger: Ledger) -> None:
    save(ledger, *(a_letter(f"m{number}") for number in range(17)))
    wanted = letter_id(a_letter("m1").identity)
    with ledger.read() as work:
        assert work.dead_letters.by_prefix(wanted[:20]).id == wanted
        with pytest.raises(UnknownLetterError):
            work.dead_letters.by_prefix("%")
        with pytest.raises(AmbiguousLetterError):
            work.dead_letters.by_prefix("")


def test_a_letter_may_have_no_order_and_no_message_key(ledger: Ledger) -> None:
    message = a_letter().message._replace(order_id=None, body=b"\xff\x00 not JSON", key=None)
    save(ledger, replace(a_letter(), order=None, message_key=None, message=message))
    with ledger.read() as work:
        assert work.dead_letters.message(letter_id(a_letter().identity)) == message


def test_a_wake_key_finds_exactly_the_orders_that_wait_for_it(ledger: Ledger) -> None:
    first, second = an_order(1).key, an_order(2).key
    with ledger.begin() as work:
        work.wake_ups.replace_keys({first: ("product:A", "product:B"), second: ("product:B",)})
    with ledger.begin() as work:
        assert list(work.wake_ups.waiting_for(["product:A", "product:B", "product:C"])) == [first, second]
        assert list(work.wake_ups.waiting_for(["product:A"])) == [first]
        work.wake_ups.replace_keys({first: ("product:C",), second: ()})
    with ledger.read() as work:
        assert list(work.wake_ups.waiting_for(["product:A", "product:B"])) == []
        assert list(work.wake_ups.waiting_for(["product:C"])) == [first]
