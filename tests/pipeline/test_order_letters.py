"""The letters of an order are a function of its state, and are saved and resolved by the difference of two states."""

from datetime import UTC, datetime

from events.envelope import decode
from handlers.decision import Decision
from handlers.rules import blockers
from handlers.rules.fold_report import new_order
from pipeline.deciding import DecidedBatch, DecidedEvent, changes_of
from pipeline.order_letters import LetterChanges, letter_changes, letters_of
from schemas.dead_letters import DeadLetterType, blocked_identity
from schemas.order import Order
from tests.builders import a_report
from tests.pipeline.test_processor import message

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = decode(message(a_report("Unshipped")))
ORDER = new_order(a_report("Unshipped"))
BLOCKED = ORDER.model_copy(update={"blockers": (blockers.personal_data(ORDER),)})
IDENTITY = blocked_identity(ORDER.key)


def changed_letters(consumer: str, before: Order | None, after: Order, incarnation: str = "") -> LetterChanges:
    """Return the letters that a decision changes in an incarnation of the database."""
    decided = DecidedBatch([DecidedEvent(EVENT, Decision(order=after), before)])
    return letter_changes(consumer, decided, changes_of(decided), NOW, incarnation)


def test_an_order_without_trouble_has_no_letter() -> None:
    assert letters_of(ORDER) == {}


def test_a_blocked_order_has_one_letter_with_its_causes() -> None:
    (letter,) = changed_letters("importer", ORDER, BLOCKED).saved
    assert (letter.identity, letter.letter_type, letter.consumer) == (IDENTITY, DeadLetterType.BLOCKED, "importer")
    assert letter.causes == tuple(blocker.cause for blocker in BLOCKED.blockers)


def test_the_message_of_a_letter_is_another_in_another_incarnation() -> None:
    (letter,), (again,), (restored,) = (
        changed_letters("importer", ORDER, BLOCKED, incarnation).saved for incarnation in ("", "", "abc")
    )
    assert letter.message.id == again.message.id != restored.message.id


def test_a_letter_is_resolved_once_the_state_no_longer_requires_it() -> None:
    assert changed_letters("status-changed", BLOCKED, ORDER) == LetterChanges([], {IDENTITY})


def test_the_same_letter_is_not_saved_again_but_for_a_new_try_of_the_importer() -> None:
    assert changed_letters("status-changed", BLOCKED, BLOCKED) == LetterChanges([], set())
    assert [letter.identity for letter in changed_letters("importer", BLOCKED, BLOCKED).saved] == [IDENTITY]
