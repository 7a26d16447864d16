"""A change of the vault's key: data of both keys is readable, rewrap converts it, and then the old key can go."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from ledger.batches import BatchRecord
from ledger.encryption.cipher import VAULT_FORMAT, Cipher
from ledger.ledger import Ledger
from ledger.messages.early_events import body_context as early_context
from ledger.orders.vault import body_context
from ledger.tables.messages import early_events
from ledger.tables.orders import vault
from operations.personal_data import keys as operation
from schemas.dead_letters import EarlyEvent, NewLetter
from schemas.order import OrderKey
from schemas.order_filters import OrderFilter
from schemas.personal import Buyer, PersonalData
from tests.ledger.values import NOON, Clock, a_key, a_letter, a_message, an_early_event, an_order

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
BUYER = PersonalData(buyer=Buyer(name="Test Buyer"))
LEASE = timedelta(seconds=30)


@pytest.fixture
def old(url: str) -> Iterator[Ledger]:
    """A ledger with data of the old key: written now, and by a version that had no data keys."""
    with closing(Ledger.open(url, Cipher.of([OLD]), Clock())) as ledger:
        with ledger.begin() as work:
            work.vault.save({an_order().key: BUYER})
            work.dead_letters.save([a_letter(), _personal_letter()])
            work.outbox.put([a_message("own", name="import.requested")])
            work.early_events.defer([an_early_event("e1", an_order(2).key)])
        _write_as_before(ledger)
        yield ledger


def _personal_letter() -> NewLetter:
    return replace(a_letter("m2"), event="order.placed", order=an_order().key)


def _write_as_before(ledger: Ledger) -> None:
    """Encrypt rows with the vault's key alone."""
    cipher, key = Cipher.of([OLD]), an_order(3).key
    row = {
        "store_id": key[0],
        "amazon_order_id": key[1],
        "body": cipher.encrypt(BUYER.model_dump_json().encode(), body_context(key)),
        "saved_at": NOON,
    }
    body = cipher.encrypt(_early().message.body, early_context("commerce-shipped", a_key("e1")))
    with ledger._engine.begin() as connection:
        connection.execute(insert(vault), row)
        connection.execute(update(early_events).values(body=body))


def _early() -> EarlyEvent:
    return an_early_event("e1", an_order(2).key)


def read_all(ledger: Ledger) -> None:
    """Read everything that `old` wrote."""
    with ledger.begin() as work:
        keys = [an_order().key, an_order(3).key]
        assert work.vault.load(keys) == dict.fromkeys(keys, BUYER)
        assert len(work.dead_letters.messages([letter.id for letter in work.dead_letters.latest()])[0]) == 2
        assert [claimed.message.id for claimed in work.outbox.claim_due(9, LEASE)] == ["own"]
        (event,) = work.early_events.of_order(an_order(2).amazon_order_id)
        assert event.message.body == _early().message.body


def test_data_of_the_old_key_is_readable_and_the_old_key_is_needed(old: Ledger, url: str) -> None:
    with closing(Ledger.open(url, Cipher.of([NEW, OLD]), Clock())) as both:
        read_all(both)
        first, second = operation.vault_keys(both)
    assert (first.first, first.given, first.rows, first.needed) == (True, True, {}, True)
    assert (second.given, second.needed) == (True, True)
    assert second.rows == {"vault": 3, "outbox": 1, "early_events": 1, "dead_letters": 1}


def test_after_rewrap_the_old_key_is_needed_by_nothing(old: Ledger, url: str) -> None:
    shown: list[int] = []
    with closing(Ledger.open(url, Cipher.of([NEW, OLD]), Clock())) as both:
        assert operation.rewrap(both, shown.append).unreadable == 0
        assert [key.needed for key in operation.vault_keys(both)] == [True, False]
        assert operation.rewrap(both, shown.append).converted == 0
    assert shown == sorted(shown)
    assert shown[-1] >= 6
    with closing(Ledger.open(url, Cipher.of([NEW]), Clock())) as new:
        read_all(new)


def test_names_are_found_with_each_key_and_after_rewrap_with_the_new_one_alone(old: Ledger, url: str) -> None:
    with old.begin() as work:
        work.record("", BatchRecord([an_order(), an_order(3)]))
    with closing(Ledger.open(url, Cipher.of([NEW, OLD]), Clock())) as both:
        assert _found(both) == [an_order().key]  # the other was written without a key for its name
        operation.rewrap(both, lambda _: None)
        assert _found(both) == [an_order(3).key, an_order().key]
    assert _found(old) == []
    with closing(Ledger.open(url, Cipher.of([NEW]), Clock())) as new:
        assert _found(new) == [an_order(3).key, an_order().key]


def _found(ledger: Ledger) -> list[OrderKey]:
    with ledger.read() as work:
        wanted = OrderFilter(buyer=work.buyer_keys("buyer test"))
        return [order.key for order in work.order_lists.page(wanted).rows]


def test_rewrap_gives_rows_of_earlier_versions_a_data_key(old: Ledger) -> None:
    operation.rewrap(old, lambda _: None)
    with old._engine.connect() as connection:
        rows = connection.execute(select(vault.c.data_key, vault.c.body)).all()
        bodies = [row.body for row in rows if row.body] + list(
            connection.execute(select(early_events.c.body)).scalars()
        )
    assert all(row.data_key for row in rows)
    assert [body for body in bodies if bytes(body)[:1] == VAULT_FORMAT] == []


def test_a_missing_key_is_named_and_its_rows_stay_as_they_are(old: Ledger, url: str) -> None:
    with closing(Ledger.open(url, Cipher.of([NEW]), Clock())) as other:
        assert operation.rewrap(other, lambda _: None).unreadable == 6
        (missing,) = [key for key in operation.vault_keys(other) if not key.given]
    assert sum(missing.rows.values()) == 6
    read_all(old)
