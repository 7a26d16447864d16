"""The order fetcher: a changed order stays one until its present state is published, after each failure on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

import pytest

from events.errors import BrokerUnavailableError
from gateways.amazon.sp_api.rates import AmazonBudget
from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.client import MAX_RATE_WAIT
from ledger.ledger import Ledger
from operations.rate_buckets import LedgerBuckets
from pipeline.liveness import Liveness
from schemas.dead_letters import LetterFilter
from tests.builders import STORE_ID
from tests.doubles import watched
from tests.gateways.amazon.samples import order_2026
from tests.gateways.amazon.sp_api.amazon import Amazon, the_order
from tests.gateways.http.server import Respond, answer, serving
from tests.harness import Pipeline, eventually
from tests.letters import LaterClock
from tests.workers.intake import SELLER, a_seller, amazon_settings, backlog
from workers import order_fetcher
from workers.order_fetcher import TRIES, OrderFetcher
from workers.process.bootstrap import opened_systems
from workers.process.parts import Parts

ORDER, OTHER = "111-0000001-0000001", "111-0000002-0000002"


@dataclass
class Intake:
    """The fetcher, and the Amazon that it asks."""

    amazon: Amazon
    fetcher: OrderFetcher
    ledger: Ledger
    changed: Event

    def notify(self, *order_ids: str) -> None:
        """Record orders as changed."""
        with self.ledger.begin() as work:
            work.changed_orders.put({(STORE_ID, order_id): None for order_id in order_ids})


@pytest.fixture
def intake(parts: Parts) -> Iterator[Intake]:
    with serving() as server:
        amazon = Amazon(server)
        with opened_systems(amazon_settings(server.url), parts.ledger) as systems:
            changed, client = Event(), systems.accounts[""].client
            included = ("FULFILLMENT",)
            fetcher = OrderFetcher(parts.ledger, parts.bus, client, a_seller(), included, Liveness(), changed)
            yield Intake(amazon, fetcher, parts.ledger, changed)


def known(order_id: str, **changes: object) -> Respond:
    return the_order(order_2026(changes) | {"orderId": order_id})


def failing(status: int) -> Respond:
    return answer(status, '{"errors": [{"code": "QuotaExceeded", "message": "…"}]}')


def test_a_notification_becomes_the_order_as_amazon_has_it_now(intake: Intake, pipeline: Pipeline) -> None:
    intake.amazon.answers[ORDER] = known(ORDER)
    intake.notify(ORDER, ORDER)
    assert intake.fetcher.turn()
    assert not intake.fetcher.turn()
    assert (backlog(intake.ledger), len(intake.amazon.sent(ORDER))) == (0, 1)
    pipeline.drain()
    order = pipeline.order(ORDER)
    assert (order.key, order.amazon_status) == ((STORE_ID, ORDER), "PartiallyShipped")


def test_a_changed_order_of_this_process_is_fetched_without_waiting_for_the_next_look(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_fetcher, "IDLE", 600.0)
    intake.amazon.answers[ORDER] = known(ORDER)
    stop = Event()
    loop = Thread(target=intake.fetcher.run, args=(stop,))
    loop.start()
    intake.notify(ORDER)
    intake.changed.set()
    eventually(lambda: backlog(intake.ledger) == 0, "the changed order is fetched")
    stop.set()
    intake.changed.set()
    loop.join()


@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_call_that_fails_is_repeated_later_and_others_go_on(intake: Intake, clock: LaterClock, status: int) -> None:
    intake.amazon.answers |= {ORDER: failing(status), OTHER: known(OTHER)}
    intake.notify(ORDER)
    intake.notify(OTHER)
    with pytest.raises(CallFailedError):
        intake.fetcher.turn()
    assert intake.fetcher.turn()
    assert backlog(intake.ledger) == 1
    intake.amazon.answers[ORDER] = known(ORDER)
    clock.pass_time(hours=1)
    assert intake.fetcher.turn()
    assert backlog(intake.ledger) == 0


def test_without_the_brokers_confirmation_the_order_is_fetched_again(parts: Parts, intake: Intake) -> None:
    intake.amazon.answers[ORDER] = known(ORDER)
    intake.notify(ORDER)
    intake.fetcher._bus, watching = watched(parts.bus)
    watching.fail_next = 1
    with pytest.raises(BrokerUnavailableError):
        intake.fetcher.turn()
    assert backlog(intake.ledger) == 1
    assert intake.fetcher.turn()
    assert backlog(intake.ledger) == 0
    first, second = watching.published
    assert first == second


def test_an_order_that_amazon_refuses_to_return_is_a_dead_letter_after_some_tries(
    intake: Intake, clock: LaterClock
) -> None:
    intake.amazon.answers[ORDER] = failing(404)
    intake.notify(ORDER)
    for _ in range(TRIES):
        assert intake.fetcher.turn()
        clock.pass_time(hours=1)
    assert (intake.fetcher.turn(), backlog(intake.ledger)) == (False, 0)
    with intake.ledger.read() as work:
        (letter,) = work.dead_letters.latest(LetterFilter())
    assert (letter.store_id, letter.amazon_order_id, letter.letter_type) == (STORE_ID, ORDER, "unreadable")


def test_an_order_that_cannot_be_read_is_a_dead_letter_with_what_amazon_answered(intake: Intake) -> None:
    intake.amazon.answers[ORDER] = known(ORDER, fulfillment={"fulfillmentStatus": "TELEPORTED"})
    intake.notify(ORDER)
    assert intake.fetcher.turn()
    with intake.ledger.read() as work:
        (letter,) = work.dead_letters.latest(LetterFilter())
        messages, _ = work.dead_letters.messages([letter.id])
    assert "fulfillmentStatus" in letter.reason
    assert b"TELEPORTED" in messages[letter.id].body
    assert backlog(intake.ledger) == 0


def test_an_order_that_was_not_sold_on_amazon_is_left_out(parts: Parts, intake: Intake) -> None:
    intake.amazon.answers[ORDER] = known(ORDER, salesChannel={"channelName": "NON_AMAZON"})
    intake.notify(ORDER)
    assert intake.fetcher.turn()
    assert (backlog(intake.ledger), parts.bus.message_count("order-placed")) == (0, 0)


def test_an_order_waits_without_an_outage_while_others_use_up_amazons_rate(intake: Intake) -> None:
    intake.notify(ORDER)
    instant = intake.ledger.now()
    intake.ledger._clock = lambda: instant  # the next token would grow meanwhile
    others = AmazonBudget(SELLER, LedgerBuckets(intake.ledger))
    while others.take(Call("get order", "GET", "/", budget="getOrder"), MAX_RATE_WAIT) is not None:
        """They take all that it grants soon."""
    assert not intake.fetcher.turn()
    assert (backlog(intake.ledger), intake.amazon.sent(ORDER)) == (1, [])
