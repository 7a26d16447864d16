"""Personal data that upstream encrypts for the vault is decrypted in it alone; a wrong one is a dead letter."""

import json
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from ledger.ledger import Ledger
from pipeline.processor import BatchProcessor
from schemas.dead_letters import LetterFilter
from schemas.message import Message
from schemas.personal import PersonalData
from tests.builders import HOME, KEY, ORDER_ID, STORE_ID, placed
from tests.harness import event_of, message_of
from workers.process.parts import Parts


@pytest.fixture
def consumer(parts: Parts) -> BatchProcessor:
    """The consumer of placed orders."""
    return parts.processor("order-placed")


def encrypted(ledger: Ledger, content: bytes, **header: str) -> str:
    """Return a JWE for the vault's public key, as an upstream system makes it."""
    public = ledger.public_key()
    key = ECKey.import_key(dict[str, str | list[str]](public))
    protected = {"alg": public["alg"], "enc": "A256GCM", "kid": public["kid"]} | header
    return jwe.encrypt_compact(protected, content, key, algorithms=[public["alg"], "A256GCM", "DEF"])


def report(**fields: Any) -> Message:
    """Return a message of a placed order with these fields, which the builders would refuse."""
    document = event_of(placed())
    document["data"] |= fields
    return message_of(document, "order.placed")


def held(ledger: Ledger) -> PersonalData | None:
    with ledger.read() as work:
        return work.vault.load([(KEY["store_id"], KEY["amazon_order_id"])]).get((STORE_ID, ORDER_ID))


def reasons(ledger: Ledger) -> list[str]:
    with ledger.read() as work:
        return [letter.reason for letter in work.dead_letters.latest(LetterFilter())]


def test_encrypted_fields_reach_the_vault(consumer: BatchProcessor, ledger: Ledger) -> None:
    address = encrypted(ledger, HOME.model_dump_json().encode())
    consumer.take([report(shipping_address=address, buyer={"name": "Test Buyer"})])
    personal = held(ledger)
    assert personal is not None
    assert (personal.shipping_address, personal.buyer and personal.buyer.name) == (HOME, "Test Buyer")
    assert reasons(ledger) == []


@pytest.mark.parametrize(
    ("content", "header", "reason"),
    [
        (b'{"country_code": "Atlantis"}', {}, "country_code"),
        (b"no JSON", {}, "JSON"),
        (b"{}", {"kid": "0123456789abcdef"}, "names no key of the vault's"),
        (b"{}", {"zip": "DEF"}, "cannot be decrypted"),
    ],
)
def test_an_encrypted_field_that_is_wrong_is_a_dead_letter(
    consumer: BatchProcessor, ledger: Ledger, content: bytes, header: dict[str, str], reason: str
) -> None:
    consumer.take([report(shipping_address=encrypted(ledger, content, **header))])
    (found,) = reasons(ledger)
    assert found.startswith("The encrypted shipping_address is wrong:")
    assert reason in found
    assert "Atlantis" not in found
    assert held(ledger) is None


@pytest.mark.parametrize("text", ["7 Unmistakable Street", "a.b.c.d.e"])
def test_a_text_that_is_no_jwe_is_a_dead_letter(consumer: BatchProcessor, ledger: Ledger, text: str) -> None:
    consumer.take([report(shipping_address=text)])
    (reason,) = reasons(ledger)
    assert "shipping_address" in reason
    assert "JWE" in reason
    assert text not in reason


def test_a_wrong_object_is_reported_by_its_field_as_ever(consumer: BatchProcessor, ledger: Ledger) -> None:
    consumer.take([report(shipping_address=HOME.model_dump() | {"country_code": "Atlantis"})])
    (reason,) = reasons(ledger)
    assert "shipping_address.country_code: " in reason
    assert json.dumps(reason).count("shipping_address") == 1
