"""Documents of the simulated shop, shared by several processes."""

import threading

from ledger.ledger import Ledger


def test_documents_are_kept_by_kind_and_key(ledger: Ledger) -> None:
    with ledger.documents.begin() as book:
        book.put_many("product", {"B": {"name": "Żółw"}, "A": {"stock": 1}})
        book.put_many("order", {"A": {}})
        book.put_many("product", {"A": {"stock": 2}})
    with ledger.documents.begin() as book:
        assert book.get_many("product", ["A", "B", "C"]) == {"A": {"stock": 2}, "B": {"name": "Żółw"}}
        assert book.get_many("product", ["A"], lock=False) == {"A": {"stock": 2}}
        assert book.list("product") == [("A", {"stock": 2}), ("B", {"name": "Żółw"})]
        assert book.list("product", after="A", limit=1) == [("B", {"name": "Żółw"})]
        assert book.list("product", limit=1) == [("A", {"stock": 2})]


def test_what_was_only_asked_for_does_not_exist(ledger: Ledger) -> None:
    with ledger.documents.begin() as book:
        assert book.get_many("order", ["A"]) == {}
    with ledger.documents.begin() as book:
        assert book.get_many("order", ["A"], lock=False) == {}
        assert book.list("order") == []


def test_a_document_that_two_want_to_make_is_made_once(ledger: Ledger) -> None:
    made: list[str] = []
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def make(name: str) -> None:
        start.wait(10)
        try:
            for key in ("A", "B", "C"):
                with ledger.documents.begin() as book:
                    if key not in book.get_many("order", [key]):
                        book.put_many("order", {key: {"by": name}})
                        made.append(key)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=make, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert sorted(made) == ["A", "B", "C"]
