"""The inbox accepts a message once, and again only in a higher epoch if it failed or was deferred."""

import threading

import pytest

from ledger.errors import HandledMeanwhileError
from ledger.ledger import Ledger
from schemas.history import InboxState
from tests.harness import SOON
from tests.ledger.values import a_key, a_message, handled


def test_follow_ups_are_read_to_the_byte(ledger: Ledger) -> None:
    row = handled("m1", 0, InboxState.DONE, a_message("f1"), a_message("f2", to="importer", headers={"epoch": 1}))
    with ledger.begin() as work:
        work.inbox.mark("order-placed", [handled("m2"), row])
    with ledger.read() as work:
        assert work.inbox.find("order-placed", [a_key("m1"), a_key("m3")]) == {a_key("m1"): row}
        assert work.inbox.find("importer", [a_key("m1")]) == {}


@pytest.mark.parametrize(
    ("stored", "stored_epoch", "epoch", "passes"),
    [
        (InboxState.DONE, 0, 0, False),
        (InboxState.DONE, 0, 1, False),
        (InboxState.SUPERSEDED, 0, 1, False),
        (InboxState.FAILED, 0, 0, False),
        (InboxState.FAILED, 0, 1, True),
        (InboxState.FAILED, 2, 1, False),
        (InboxState.DEFERRED, 0, 0, False),
        (InboxState.DEFERRED, 0, 1, True),
    ],
)
def test_an_epoch_is_accepted(ledger: Ledger, stored: InboxState, stored_epoch: int, epoch: int, passes: bool) -> None:
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1", stored_epoch, stored)])
    if passes:
        with ledger.begin() as work:
            work.inbox.mark("importer", [handled("m1", epoch)])
    else:
        with pytest.raises(HandledMeanwhileError), ledger.begin() as work:
            work.inbox.mark("importer", [handled("m2"), handled("m1", epoch)])
    with ledger.read() as work:
        now = work.inbox.find("importer", [a_key("m1"), a_key("m2")])
    expected = handled("m1", epoch) if passes else handled("m1", stored_epoch, stored)
    assert now == {a_key("m1"): expected}


def test_the_digest_of_a_message_is_kept_and_a_row_without_one_does_not_remove_it(ledger: Ledger) -> None:
    first = handled("m1", 0, InboxState.FAILED)._replace(digest=b"d" * 16)
    with ledger.begin() as work:
        work.inbox.mark("importer", [first])
    with ledger.begin() as work:
        assert work.inbox.find("importer", [a_key("m1")]) == {a_key("m1"): first}
        work.inbox.mark("importer", [handled("m1", 1)])
    with ledger.read() as work:
        assert work.inbox.find("importer", [a_key("m1")])[a_key("m1")].digest == b"d" * 16


def test_the_next_epoch_of_the_greatest_that_the_database_stores_can_be_written(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1", 2**31 - 1, InboxState.FAILED)])
        message = a_message("m1", key=a_key("m1"), headers={"epoch": 2**31 - 1})
        (epoch,) = work.inbox.next_epochs([("importer", message)])
        work.outbox.put([a_message("m1", to="importer", headers={"epoch": epoch})])


def test_the_next_epoch_is_above_that_of_the_message_and_of_its_inbox_row(ledger: Ledger) -> None:
    with ledger.begin() as work:
        work.inbox.mark("importer", [handled("m1", 4, InboxState.FAILED)])
    known, unknown = a_message("m1", key=a_key("m1")), a_message("m2", key=a_key("m2"), headers={"epoch": 2})
    with ledger.read() as work:
        assert work.inbox.next_epochs([("importer", known), ("importer", unknown), ("confirmer", known)]) == [5, 3, 1]


def test_of_many_consumers_of_one_message_one_handles_it(ledger: Ledger) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def handle() -> None:
        start.wait(SOON)
        try:
            with ledger.begin() as work:
                work.inbox.mark("importer", [handled("m1")])
        except HandledMeanwhileError:
            outcomes.append("refused")
        else:
            outcomes.append("handled")

    threads = [threading.Thread(target=handle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["handled", "refused", "refused", "refused"]
