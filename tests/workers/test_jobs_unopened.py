"""One stored message that cannot be opened: it has a letter, its neighbours go on, and it does once its key is back."""

from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import text

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from ledger.orders import data_keys
from schemas.dead_letters import DeadLetterType, LetterState
from schemas.product import Product
from schemas.settings import Settings
from schemas.status import ImportState
from tests.builders import HOME, changed, placed, shipped
from tests.harness import VAULT_KEY, Pipeline
from tests.ledger.values import a_message
from tests.letters import LaterClock, begin_replay, carrier, order_id
from workers import jobs, resender
from workers.jobs import expire_early, run_all
from workers.relay import Relay
from workers.resender import resend_unanswered

pytestmark = pytest.mark.databases("sqlite", "postgresql")

OTHER_KEY = bytes(range(1, 33))
ORDERS = range(5)
BAD = 2
"""The one of them whose message cannot be opened."""

Damage = Callable[[bytes, bytes, str], bytes]
"""Returns the body to store instead, given the stored and the plain body, and the context."""

DAMAGES: dict[str, Damage] = {
    "damaged": lambda body, _, __: body[:-1] + bytes([body[-1] ^ 1]),
    "truncated": lambda body, _, __: body[:10],
    "moved": lambda _, plain, __: Cipher.of([VAULT_KEY]).encrypt(plain, "another/row"),
    "key gone": lambda _, plain, context: Cipher.of([OTHER_KEY]).encrypt(plain, context),
}


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest) -> Damage:
    """A way in which a stored message becomes one that cannot be opened."""
    return DAMAGES[str(request.param)]


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows fill several pages."""
    monkeypatch.setattr(jobs, "PAGE", 2)
    monkeypatch.setattr(resender, "PAGE", 2)


def harm(ledger: Ledger, table: str, where: str, context: str, damage: Damage) -> None:
    """Damage the body of one row, whose *context* has its columns in braces."""
    with ledger.begin() as work:
        connection = work._tx.connection
        row = connection.execute(text(f"SELECT * FROM {table} WHERE {where}")).mappings().one()  # noqa: S608 - our own
        values = {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        order = (values["store_id"] or "", values.get("amazon_order_id") or values.get("order_id") or "")
        data_keys.look_up(work._tx, [order])
        plain = data_keys.decrypt(work._tx, bytes(row["body"]), context.format(**values), order)
        body = damage(bytes(row["body"]), plain, context.format(**values))
        connection.execute(text(f"UPDATE {table} SET body = :body WHERE {where}"), {"body": body})  # noqa: S608 - as above


def defer_parcels(pipeline: Pipeline, damage: Damage) -> None:
    """Defer the parcels of orders that are not recorded, one of which cannot be opened then."""
    pipeline.handle(*(shipped(f"parcel-{number}", amazon_order_id=order_id(number)) for number in ORDERS))
    where = f"amazon_order_id = '{order_id(BAD)}'"
    harm(pipeline.ledger, "early_events", where, "early_events/{consumer}/{key}/body", damage)


def letters(pipeline: Pipeline, letter_type: DeadLetterType) -> list[str]:
    found = pipeline.letters(letter_type=letter_type, state=LetterState.OPEN)
    return sorted(letter.amazon_order_id or letter.event for letter in found)


def with_both_keys(pipeline: Pipeline, url: str) -> Ledger:
    return Ledger.open(url, Cipher.of([VAULT_KEY, OTHER_KEY]), pipeline.ledger._clock)


def test_overdue_events_expire_beside_one_that_cannot_be_opened(
    pipeline: Pipeline, clock: LaterClock, damage: Damage
) -> None:
    defer_parcels(pipeline, damage)
    clock.pass_time(hours=2)
    for _ in range(2):
        pipeline.run_jobs(expire_early)
    assert letters(pipeline, DeadLetterType.BLOCKED) == [order_id(number) for number in ORDERS if number != BAD]
    assert letters(pipeline, DeadLetterType.UNREADABLE) == [order_id(BAD)]
    (letter,) = pipeline.letters(letter_type=DeadLetterType.UNREADABLE)
    assert "cannot be opened" in letter.reason
    assert letter.attempts == 1


def test_deferred_events_are_requeued_beside_one_that_cannot_be_opened(pipeline: Pipeline, damage: Damage) -> None:
    defer_parcels(pipeline, damage)
    pipeline.handle(*(placed(amazon_order_id=order_id(number)) for number in ORDERS))
    for _ in range(2):
        pipeline.run_jobs(resend_unanswered)
    kept = [len(pipeline.order(order_id(number)).parcels) for number in ORDERS]
    assert kept == [0 if number == BAD else 1 for number in ORDERS]
    assert letters(pipeline, DeadLetterType.UNREADABLE) == [order_id(BAD)]


def test_a_deferred_event_goes_on_once_its_key_is_back_and_its_letter_is_resolved(pipeline: Pipeline, url: str) -> None:
    defer_parcels(pipeline, DAMAGES["key gone"])
    pipeline.handle(placed(amazon_order_id=order_id(BAD)))
    assert letters(pipeline, DeadLetterType.UNREADABLE) == [order_id(BAD)]
    with closing(with_both_keys(pipeline, url)) as ledger:
        run_all([resend_unanswered], ledger, Settings(), ledger.now())
        Relay(ledger, pipeline.parts.bus).turn()
    pipeline.drain()
    assert len(pipeline.order(order_id(BAD)).parcels) == 1
    assert letters(pipeline, DeadLetterType.UNREADABLE) == []


def put_messages(pipeline: Pipeline, damage: Damage) -> None:
    """Put messages into the outbox, one of which cannot be opened then."""
    with pipeline.ledger.begin() as work:
        work.outbox.put([a_message(f"m{number}") for number in ORDERS])
    context = "outbox/{message_id}/{to_consumer}/{epoch}/{attempt}/body"
    harm(pipeline.ledger, "outbox", f"message_id = 'm{BAD}'", context, damage)


def test_the_outbox_is_sent_beside_a_message_that_cannot_be_opened(
    pipeline: Pipeline, clock: LaterClock, damage: Damage
) -> None:
    put_messages(pipeline, damage)
    assert Relay(pipeline.ledger, pipeline.parts.bus).turn() == len(ORDERS) - 1
    for _ in range(3):
        clock.pass_time(minutes=2)
        assert Relay(pipeline.ledger, pipeline.parts.bus).turn() == 0
    (letter,) = pipeline.letters()
    assert (letter.letter_type, letter.consumer, letter.attempts) == (DeadLetterType.UNREADABLE, "relay", 1)


def test_a_message_of_the_outbox_is_sent_once_its_key_is_back_and_its_letter_is_resolved(
    pipeline: Pipeline, url: str, clock: LaterClock
) -> None:
    put_messages(pipeline, DAMAGES["key gone"])
    Relay(pipeline.ledger, pipeline.parts.bus).turn()
    run_all([resend_unanswered], pipeline.ledger, Settings(), clock())
    assert len(letters(pipeline, DeadLetterType.UNREADABLE)) == 1
    clock.pass_time(minutes=2)
    with closing(with_both_keys(pipeline, url)) as ledger:
        assert Relay(ledger, pipeline.parts.bus).turn() == 1
    run_all([resend_unanswered], pipeline.ledger, Settings(), clock())
    assert letters(pipeline, DeadLetterType.UNREADABLE) == []


def test_never_placed_letters_are_requeued_beside_one_that_cannot_be_opened(
    pipeline: Pipeline, clock: LaterClock, damage: Damage
) -> None:
    pipeline.handle(*(shipped(f"parcel-{number}", amazon_order_id=order_id(number)) for number in ORDERS))
    clock.pass_time(hours=2)
    pipeline.run_jobs(expire_early)
    harm(pipeline.ledger, "dead_letters", f"amazon_order_id = '{order_id(BAD)}'", "dead_letters/{id}/body", damage)
    pipeline.handle(*(placed(amazon_order_id=order_id(number)) for number in ORDERS))
    for _ in range(2):
        pipeline.run_jobs(resend_unanswered)
    assert letters(pipeline, DeadLetterType.BLOCKED) == []
    assert letters(pipeline, DeadLetterType.UNREADABLE) == [order_id(BAD)]
    kept = [len(pipeline.order(order_id(number)).parcels) for number in ORDERS]
    assert kept == [0 if number == BAD else 1 for number in ORDERS]


def test_a_replay_goes_on_beside_a_letter_that_cannot_be_opened(
    pipeline: Pipeline, clock: LaterClock, damage: Damage
) -> None:
    pipeline.handle(*(shipped(f"parcel-{number}", amazon_order_id=order_id(number)) for number in ORDERS))
    clock.pass_time(hours=2)
    pipeline.run_jobs(expire_early)
    harm(pipeline.ledger, "dead_letters", f"amazon_order_id = '{order_id(BAD)}'", "dead_letters/{id}/body", damage)
    run = carrier(pipeline, begin_replay(pipeline).replay_id)
    _, counts = run.turn()
    assert (counts.sent, counts.failed_again) == (len(ORDERS) - 1, 1)
    with pipeline.ledger.read() as work:
        (failed,) = [item for item in work.replays.items(run.replay_id) if item.outcome]
    assert "dead_letters/" in failed.outcome


def test_orders_are_imported_beside_one_whose_personal_data_cannot_be_opened(
    pipeline: Pipeline, damage: Damage
) -> None:
    pipeline.stock(Product(sku="SKU-1", name="Thing", quantity=100))
    orders = [order_id(number) for number in ORDERS]
    pipeline.handle(*(placed(amazon_order_id=order, shipping_address=HOME) for order in orders))
    context = "vault/{store_id}/{amazon_order_id}/body"
    harm(pipeline.ledger, "vault", f"amazon_order_id = '{order_id(BAD)}'", context, damage)
    pipeline.handle(*(changed("Unshipped", amazon_order_id=order) for order in orders))
    imported = [order for order in orders if pipeline.order(order).import_state is ImportState.IMPORTED]
    assert imported == [order for order in orders if order != order_id(BAD)]
    assert letters(pipeline, DeadLetterType.FAILED) == [order_id(BAD)]
