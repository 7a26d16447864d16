"""Documents of the simulated shop, shared by several processes."""

import threading
from collections.abc import Callable

import pytest

from ledger.documents import LedgerDocumentTransaction
from ledger.ledger import Ledger
from tests.harness import SOON


def test_documents_are_stored_by_kind_and_key(ledger: Ledger) -> None:
    with ledger.documents.begin() as documents:
        documents.put_many("product", {"B": {"name": "Żółw"}, "A": {"stock": 1}})
        documents.put_many("order", {"A": {}})
        documents.put_many("product", {"A": {"stock": 2}})
    with ledger.documents.begin() as documents:
        assert documents.get_many("product", ["A", "B", "C"]) == {"A": {"stock": 2}, "B": {"name": "Żółw"}}
        assert documents.get_many("product", ["A"], lock=False) == {"A": {"stock": 2}}
        assert documents.list("product") == [("A", {"stock": 2}), ("B", {"name": "Żółw"})]
        assert documents.list("product", after="A", limit=1) == [("B", {"name": "Żółw"})]
        assert documents.list("product", limit=1) == [("A", {"stock": 2})]


def test_a_key_that_was_only_locked_has_no_document(ledger: Ledger) -> None:
    with ledger.documents.begin() as documents:
        assert documents.get_many("order", ["A"]) == {}
    with ledger.documents.begin() as documents:
        assert documents.get_many("order", ["A"], lock=False) == {}
        assert documents.list("order") == []


def test_a_document_is_added_only_where_there_is_none(ledger: Ledger) -> None:
    with ledger.documents.begin() as documents:
        assert documents.add("order", "A", {"by": "first"})
    with ledger.documents.begin() as documents:
        assert not documents.add("order", "A", {"by": "second"})
        assert documents.get_many("order", ["A"]) == {"A": {"by": "first"}}


def create_by_reading(documents: LedgerDocumentTransaction, key: str, name: str) -> bool:
    """Create a document unless it is read, locked."""
    if key in documents.get_many("order", [key]):
        return False
    documents.put_many("order", {key: {"by": name}})
    return True


def create_by_adding(documents: LedgerDocumentTransaction, key: str, name: str) -> bool:
    """Create a document by adding it."""
    return documents.add("order", key, {"by": name})


@pytest.mark.parametrize("create_in", [create_by_reading, create_by_adding])
def test_a_document_that_several_transactions_create_is_created_once(
    ledger: Ledger, create_in: Callable[[LedgerDocumentTransaction, str, str], bool]
) -> None:
    created: list[str] = []
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def create(name: str) -> None:
        start.wait(SOON)
        try:
            for key in ("A", "B", "C"):
                with ledger.documents.begin() as documents:
                    if create_in(documents, key, name):
                        created.append(key)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=create, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert sorted(created) == ["A", "B", "C"]
