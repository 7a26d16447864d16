"""The log of communication errors: latest first, filtered, alike ones counted, purged."""

from datetime import timedelta

from ledger.ledger import Ledger
from schemas.communication_errors import CommunicationError, ErrorFilter
from tests.ledger.values import NOON, Clock

FAILED = CommunicationError(
    system="commerce",
    operation="create order",
    outcome="try_later",
    code="500",
    sentence="It failed.",
    store_id="us",
    amazon_order_id="902-0000001-0000001",
    request_id="webapi-1",
)


def add(ledger: Ledger, **changes: str) -> int:
    error = FAILED.model_copy(update=changes)
    with ledger.begin() as work:
        work.communication_errors.add(error)
        return work.communication_errors.count_alike(error)


def test_errors_are_listed_latest_first_and_by_filter(ledger: Ledger) -> None:
    add(ledger)
    add(ledger, system="amazon", store_id="de", request_id="amzn-2")
    with ledger.read() as work:
        both = work.communication_errors.latest(ErrorFilter(), limit=10)
        german = work.communication_errors.latest(ErrorFilter(system="amazon", store_id="de"), limit=10)
        second = work.communication_errors.latest(ErrorFilter(), limit=1, before=both[0].position)
    assert [error.request_id for error in both] == ["amzn-2", "webapi-1"]
    assert (both[1].at, both[1].sentence) == (NOON, "It failed.")
    assert (list(german), list(second)) == ([both[0]], [both[1]])


def test_errors_are_listed_by_the_seller_whom_the_call_was_for(ledger: Ledger) -> None:
    add(ledger, system="amazon", seller="acme")
    add(ledger, system="amazon", seller="beta")
    add(ledger)
    with ledger.read() as work:
        found = work.communication_errors.latest(ErrorFilter(seller="beta"), limit=10)
        sellers = [error.seller for error in work.communication_errors.latest(ErrorFilter(), limit=10)]
    assert [error.seller for error in found] == ["beta"]
    assert sellers == [None, "beta", "acme"]


def test_errors_are_alike_with_the_same_order_operation_code_and_sentence_within_an_hour(
    ledger: Ledger, clock: Clock
) -> None:
    assert add(ledger) == 1
    assert add(ledger, sentence="It failed otherwise.") == 1
    assert add(ledger, amazon_order_id="902-0000001-0000002") == 1
    assert add(ledger, request_id="webapi-2") == 2
    clock.pass_time(minutes=61)
    assert add(ledger) == 1


def test_errors_are_purged_with_the_handled_messages(ledger: Ledger, clock: Clock) -> None:
    add(ledger)
    clock.pass_time(days=90)
    add(ledger)
    with ledger.begin() as work:
        assert work.retention.purge(clock.now - timedelta(days=60), 100).communication_errors == 1
