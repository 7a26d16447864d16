"""A stored row that no longer fits is one sentence that names it, and repeats nothing of it."""

import json

import pytest
from sqlalchemy import update

from ledger.batches import BatchRecord
from ledger.encryption.cipher import Cipher
from ledger.errors import StoredDataError
from ledger.ledger import Ledger
from ledger.orders.vault import body_context
from ledger.tables.orders import orders, vault
from schemas.personal import PersonalData
from tests.ledger.conftest import KEY
from tests.ledger.values import an_order

SECRET = "Zebulon Testbuyer"


@pytest.mark.parametrize(
    "changes",
    [
        {"purchase_date": SECRET},
        {"lines": [{"title": [SECRET]}]},
        {"lines": SECRET},
        {"status": SECRET, "amazon_order_id": SECRET, "store_id": SECRET},
    ],
)
def test_an_order_that_does_not_fit_is_named_and_not_shown(ledger: Ledger, changes: dict[str, object]) -> None:
    store(ledger, json.dumps(json.loads(an_order().model_dump_json()) | changes))
    with (
        pytest.raises(StoredDataError, match="not one that this version reads") as raised,
        ledger.read() as work,
    ):
        work.orders.load([an_order().key], lock=False)
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__
    assert "amazon_order_id" in changes or an_order().amazon_order_id in str(raised.value)


def test_an_order_that_is_no_json_is_not_shown(ledger: Ledger) -> None:
    store(ledger, SECRET)
    with pytest.raises(StoredDataError, match="Invalid JSON") as raised, ledger.read() as work:
        work.orders.load([an_order().key], lock=False)
    assert SECRET not in str(raised.value)


def store(ledger: Ledger, document: str) -> None:
    """Store an order with this document."""
    with ledger.begin() as work:
        work.record("", BatchRecord([an_order()], {}))
    with ledger._engine.begin() as connection:
        connection.execute(update(orders).values(document=document))


def test_personal_data_that_does_not_fit_is_not_shown(ledger: Ledger) -> None:
    key = an_order().key
    with ledger.begin() as work:
        work.vault.save({key: PersonalData()})
    body = Cipher.of([KEY]).encrypt(json.dumps({"buyer": {"name": [SECRET]}}).encode(), body_context(key))
    with ledger._engine.begin() as connection:
        connection.execute(update(vault).values(body=body))
    with pytest.raises(StoredDataError, match=r"buyer\.name") as raised, ledger.read() as work:
        work.vault.load([key])
    assert SECRET not in str(raised.value)
