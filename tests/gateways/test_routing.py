"""Requests to Amazon, each by the account of its store's seller: failures of one seller are those of no other."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from gateways.errors import NoSellerError, SellerBusyError, SellerFailedError
from gateways.port import Gateways, Result
from gateways.routing import WAITING
from gateways.simulator.traffic import Trouble
from ledger.ledger import Ledger
from operations.read_only import RELEASE
from schemas.errors import RetryableError
from schemas.gateway_requests import Accepted, AmazonOrder, CancelAmazonOrder, GetAmazonOrder
from schemas.status import AmazonStatus
from schemas.store import Store
from tests.gateways.simulator.sp_api.accounts import US, an_order, place
from tests.letters import LaterClock
from tests.workers.served_amazon import connected_amazon
from tests.workers.served_sellers import TwoSellers, two_sellers
from workers.process.bootstrap import opened_systems

ORDER = an_order()
ACMES, BETAS = (("acme", ORDER.amazon_order_id), ("beta", ORDER.amazon_order_id))


@pytest.fixture
def sellers(ledger: Ledger, clock: LaterClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSellers]:
    with two_sellers(clock, monkeypatch) as served:
        served.connect_stores(ledger)
        for account in (served.acme, served.beta):
            account.marketplace.take(ORDER.placed())
            account.marketplace.take(ORDER.paid(AmazonStatus.UNSHIPPED, 1))
        yield served


@pytest.fixture
def gateways(sellers: TwoSellers, ledger: Ledger) -> Iterator[Gateways]:
    with opened_systems(sellers.settings, ledger) as systems:
        yield systems.gateways


def cancel(key: tuple[str, str]) -> CancelAmazonOrder:
    return CancelAmazonOrder(key, "NoInventory", tuple(item.order_item_id for item in ORDER.items()))


def statuses(sellers: TwoSellers) -> list[AmazonStatus]:
    return [one.marketplace.orders[ORDER.amazon_order_id].facts.status for one in (sellers.acme, sellers.beta)]


def test_a_change_is_made_in_the_account_of_the_stores_seller_and_in_no_other(
    sellers: TwoSellers, gateways: Gateways
) -> None:
    assert gateways.perform([cancel(BETAS)]) == [Accepted("Amazon will cancel the order")]
    assert statuses(sellers) == [AmazonStatus.UNSHIPPED, AmazonStatus.CANCELED]
    assert sellers.acme.rates.calls.total() == 0


def test_answers_come_in_the_order_of_the_requests(sellers: TwoSellers, gateways: Gateways) -> None:
    sellers.beta.marketplace.set_status(sellers.beta.marketplace.orders[BETAS[1]], AmazonStatus.SHIPPED)
    answers = gateways.perform([GetAmazonOrder(key, US) for key in (BETAS, ACMES, BETAS)])
    reports = [answer.report for answer in answers if isinstance(answer, AmazonOrder)]
    assert [(report.store_id, report.status) for report in reports] == [
        ("beta", AmazonStatus.SHIPPED),
        ("acme", AmazonStatus.UNSHIPPED),
        ("beta", AmazonStatus.SHIPPED),
    ]


def test_revoked_credentials_of_one_seller_are_its_own_failure_and_no_outage(
    sellers: TwoSellers, gateways: Gateways
) -> None:
    sellers.revoke_acme()
    failed, answered = gateways.perform([GetAmazonOrder(ACMES, US), GetAmazonOrder(BETAS, US)])
    assert isinstance(failed, SellerFailedError)
    assert not failed.is_outage
    assert "for the seller acme" in str(failed)
    assert isinstance(answered, AmazonOrder)


def test_an_order_whose_store_has_no_connected_seller_is_sent_to_none(
    sellers: TwoSellers, gateways: Gateways, ledger: Ledger
) -> None:
    with ledger.begin() as work:
        store = work.stores.load(["acme"])["acme"]
        work.stores.save(store.model_copy(update={"seller": None}))
        work.stores.save(store.model_copy(update={"store_id": "former", "seller": "gamma"}))
    unbound, former = gateways.perform([cancel(ACMES), cancel(("former", ORDER.amazon_order_id))])
    assert isinstance(unbound, NoSellerError)
    assert "`crossdock stores set acme --seller NAME`" in str(unbound)
    assert isinstance(former, NoSellerError)
    assert statuses(sellers) == [AmazonStatus.UNSHIPPED] * 2


def test_an_only_seller_without_a_list_has_every_store_but_those_of_others(
    ledger: Ledger, clock: LaterClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        connected_amazon(clock, monkeypatch) as (server, settings),
        opened_systems(settings, ledger) as systems,
    ):
        with ledger.begin() as work:
            work.stores.save(Store(store_id="us", name="us"))
            work.stores.save(Store(store_id="acme", name="acme", seller="acme"))
        place(server, ORDER)
        mine, other = systems.gateways.perform(
            [GetAmazonOrder((store, ORDER.amazon_order_id), US) for store in ("us", "acme")]
        )
    assert isinstance(mine, AmazonOrder)
    assert isinstance(other, NoSellerError)


def test_a_seller_whose_calls_hang_holds_few_of_them_and_the_other_sellers_go_on(
    sellers: TwoSellers, gateways: Gateways, ledger: Ledger
) -> None:
    hanging = f"999-0000009-{9:07}"
    sellers.server.trouble = Trouble(hanging=hanging)
    started = gateways.start([GetAmazonOrder(("acme", hanging), US) for _ in range(100)])
    (answer,) = gateways.perform([GetAmazonOrder(BETAS, US)])
    assert isinstance(answer, AmazonOrder)
    busy = [one for one in started if isinstance(one, SellerBusyError)]
    under_way = [one for one in started if isinstance(one, Future)]
    assert len(busy) + len(under_way) == 100
    assert len(under_way) == 8 + WAITING
    assert not any(one.done() for one in under_way)


def test_read_only_mode_holds_for_every_seller(sellers: TwoSellers, ledger: Ledger) -> None:
    settings = sellers.settings.model_copy(update={"read_only": True})
    with opened_systems(settings, ledger) as systems:
        results: list[Result] = systems.gateways.perform([cancel(ACMES), cancel(BETAS)])
    assert all(isinstance(result, RetryableError) and RELEASE in str(result) for result in results)
    assert statuses(sellers) == [AmazonStatus.UNSHIPPED] * 2
