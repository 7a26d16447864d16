"""Personal data is encrypted, expires, and nothing of it can be read in the database."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.errors import CipherError, EncryptionKeyError
from ledger.ledger import Ledger
from ledger.tables.orders import vault
from schemas.order_filters import OrderFilter
from schemas.personal import Address, Buyer, PersonalData
from tests.ledger.conftest import KEY
from tests.ledger.values import Clock, a_letter, a_message, an_early_event, an_order, an_order_id

BUYER = PersonalData(
    buyer=Buyer(name="Test Buyer", email="buyer@example.com"),
    shipping_address=Address(name="Test Buyer", line1="1 Invented Street", country_code="US"),
)


def test_personal_data_is_loaded_for_its_order_only(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.vault.save({an_order().key: PersonalData()})
        work.vault.save({an_order().key: BUYER})
    with ledger.read() as work:
        assert work.vault.load([an_order().key, an_order(2).key]) == {an_order().key: BUYER}


def test_personal_data_expires_even_if_it_is_saved_again(ledger: Ledger, clock: Clock) -> None:
    key = an_order().key
    with ledger.begin() as work:
        work.vault.save({key: BUYER, an_order(2).key: BUYER})
        work.vault.expire({key: clock.now + timedelta(days=30)})
        work.vault.save({key: BUYER})
    clock.pass_time(days=29)
    with ledger.read() as work:
        assert len(work.vault.load([key, an_order(2).key])) == 2
    clock.pass_time(days=1)
    with ledger.begin() as work:
        assert list(work.vault.load([key, an_order(2).key])) == [an_order(2).key]
        assert work.vault.overdue(clock.now - timedelta(days=180), 100) == [key]


def test_personal_data_of_an_order_that_continues_does_not_expire(ledger: Ledger, clock: Clock) -> None:
    keys = [an_order().key, an_order(2).key]
    with ledger.begin() as work:
        work.vault.save(dict.fromkeys(keys, BUYER))
        work.vault.expire(dict.fromkeys(keys, clock.now + timedelta(days=30)))
        work.vault.keep(keys[:1])
    clock.pass_time(days=31)
    with ledger.read() as work:
        assert list(work.vault.load(keys)) == keys[:1]


def test_the_files_of_the_database_contain_nothing_of_the_buyer(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", Cipher.of([KEY]))
    ledger.migrate()
    upstream = a_message(body=BUYER.model_dump_json().encode())
    early = an_early_event()
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order(note="to be found")], {}))
        work.vault.save({an_order().key: BUYER})
        work.outbox.put([upstream])
        work.early_events.defer(
            [type(early)(early.consumer, early.key, early.event, early.order, upstream, early.due_at)]
        )
        letter = a_letter()
        work.dead_letters.save([type(letter)(letter.identity, letter.letter_type, "c", "e", "r", upstream)])
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    ledger.close()
    assert b"to be found" in raw
    assert [word for word in (b"Buyer", b"buyer@", b"Invented") if word in raw] == []


def test_a_ledger_opened_with_another_key_names_the_missing_one(ledger: Ledger, url: str) -> None:
    with ledger.begin() as work:
        work.vault.save({an_order().key: BUYER})
    other = Ledger.open(url, Cipher.of([b"\x01" * 32]))
    with pytest.raises(CipherError, match=r"encrypted with the key [0-9a-f]{16}"), other.read() as work:
        work.vault.load([an_order().key])
    other.close()


OTHER = bytes(32)


@pytest.mark.parametrize("encrypted", ["personal data", "a letter"])
def test_a_key_that_decrypts_nothing_is_reported_at_once(ledger: Ledger, url: str, encrypted: str) -> None:
    check_with(url, OTHER)
    with ledger.begin() as work:
        if encrypted == "a letter":
            work.dead_letters.save([a_letter()])
        else:
            work.vault.save({an_order().key: BUYER})
    with pytest.raises(EncryptionKeyError, match="is not among the keys given"):
        check_with(url, OTHER)
    check_with(url, KEY)
    check_with(url, OTHER, KEY)


def test_data_of_another_key_does_not_prevent_a_start(ledger: Ledger, url: str) -> None:
    for key, number in ((OTHER, 1), (KEY, 2)):
        with opened_with(url, key) as opened, opened.begin() as work:
            work.vault.save({an_order(number).key: BUYER})
    check_with(url, KEY)


def opened_with(url: str, *keys: bytes) -> closing[Ledger]:
    """Open the database with other keys."""
    return closing(Ledger.open(url, Cipher.of(keys)))


def check_with(url: str, *keys: bytes) -> None:
    """Check, as every process does at its start, whether the keys are the database's."""
    with opened_with(url, *keys) as opened:
        opened.check_key()


def found(ledger: Ledger, *words: str) -> list[str]:
    """Return the numbers of the orders whose names have these words."""
    with ledger.read() as work:
        keys = work.buyer_keys(" ".join(words))
        page = work.order_lists.page(OrderFilter(buyer=keys))
    return sorted(order.amazon_order_id for order in page.rows)


def test_orders_are_found_by_the_words_of_their_names_while_the_data_is_kept(ledger: Ledger) -> None:
    names = {1: "Zoë  Müller-Ford", 2: "zoe Smith", 3: "Ford"}
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order(number) for number in names]))
        work.vault.save({an_order(number).key: PersonalData(buyer=Buyer(name=name)) for number, name in names.items()})
    ids = {number: an_order_id(number) for number in names}
    assert found(ledger, "ZOE") == [ids[1], ids[2]]
    assert found(ledger, "ford", "zoé") == [ids[1]]
    assert found(ledger, "Ford") == [ids[1], ids[3]]
    assert found(ledger, "For") == []
    with ledger.begin() as work:
        work.vault.save({an_order(3).key: PersonalData(buyer=Buyer(name="Other"))})
        work.vault.expire({an_order(1).key: datetime(2000, 1, 1, tzinfo=UTC)})
        work.destruction.destroy([an_order(2).key])
    assert found(ledger, "zoe") == found(ledger, "ford") == []


def test_a_search_counts_the_words_that_it_finds_and_stores_no_name(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order()]))
        work.vault.save({an_order().key: PersonalData(buyer=Buyer(name="Zoe Ford"))})
        assert work.buyer_keys(" -- ") == ()
        (keys,) = work.buyer_keys("zoe ford")
    with ledger._engine.connect() as connection:
        stored = connection.execute(select(vault.c.name_keys)).scalar_one()
    assert stored.split()[1:] == list(keys)
    assert "zoe" not in stored.lower()
