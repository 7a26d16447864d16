"""The seller's subscription: made, found again, checked, and replaced only on demand."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateways.amazon.sp_api.rates import RATES, Rate
from gateways.simulator import sqs
from gateways.simulator.sp_api.server import AmazonServer
from ledger.ledger import Ledger
from schemas.errors import PermanentError, SettingsError
from schemas.settings import Settings
from tests.letters import LaterClock
from tests.workers.served_amazon import connected_amazon
from workers.amazon_subscription import check_subscription, subscribe

ELSEWHERE = "arn:aws:sqs:us-east-1:000000000000:elsewhere"


@pytest.fixture
def connected(clock: LaterClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AmazonServer, Settings]]:
    with connected_amazon(clock, monkeypatch) as opened:
        opened[0].rates.factor = 1000
        monkeypatch.setitem(RATES, "notifications", Rate(1000, 50))  # else a command waits five seconds
        yield opened


@pytest.fixture
def amazon(connected: tuple[AmazonServer, Settings]) -> AmazonServer:
    return connected[0]


@pytest.fixture
def settings(connected: tuple[AmazonServer, Settings]) -> Settings:
    return connected[1]


def check(settings: Settings, ledger: Ledger) -> str:
    (seller,) = settings.sellers
    return check_subscription(seller, ledger)


def made(settings: Settings, ledger: Ledger, *, replace: bool) -> str:
    (seller,) = settings.sellers
    return subscribe(settings, seller, ledger, replace=replace)


def test_a_subscription_is_made_once_and_checked(amazon: AmazonServer, settings: Settings, ledger: Ledger) -> None:
    with pytest.raises(PermanentError, match="intake amazon subscribe"):
        check(settings, ledger)
    assert "from now on" in made(settings, ledger, replace=False)
    assert "came" in made(settings, ledger, replace=False)
    assert sqs.ARN in check(settings, ledger)
    assert (len(amazon.notifications.destinations), len(amazon.notifications.subscriptions)) == (1, 1)


def test_a_destination_that_is_there_is_used(amazon: AmazonServer, settings: Settings, ledger: Ledger) -> None:
    made(settings, ledger, replace=False)
    amazon.notifications.subscriptions.clear()
    made(settings, ledger, replace=False)
    assert len(amazon.notifications.destinations) == 1


def test_a_subscription_to_another_queue_is_replaced_on_demand_only(
    amazon: AmazonServer, settings: Settings, ledger: Ledger
) -> None:
    made(settings, ledger, replace=False)
    (destination,) = amazon.notifications.destinations.values()
    destination["resource"]["sqs"]["arn"] = ELSEWHERE
    for act in (
        lambda: check(settings, ledger),
        lambda: made(settings, ledger, replace=False),
    ):
        with pytest.raises(PermanentError, match=f"{ELSEWHERE}, not to {sqs.ARN}"):
            act()
    assert "from now on" in made(settings, ledger, replace=True)
    assert sqs.ARN in check(settings, ledger)


def test_a_queue_that_amazon_may_not_send_to_is_named(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqs, "POLICY", {})
    with pytest.raises(PermanentError, match="does not name Amazon's account 437568002678"):
        check(settings, ledger)


def test_without_a_queue_the_setting_is_named(settings: Settings, ledger: Ledger) -> None:
    without = settings.model_copy(update={"amazon_queue_url": None})
    with pytest.raises(SettingsError, match="CROSSDOCK_AMAZON_QUEUE_URL is missing"):
        made(without, ledger, replace=False)


def test_a_destination_whose_answer_was_lost_is_found(
    amazon: AmazonServer, settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = amazon.notifications.list_destinations
    answers: list[Any] = [{"payload": []}]
    monkeypatch.setattr(
        amazon.notifications, "list_destinations", lambda call: answers.pop() if answers else listed(call)
    )
    made(settings, ledger, replace=False)
    amazon.notifications.subscriptions.clear()
    answers.append({"payload": []})
    assert "from now on" in made(settings, ledger, replace=False)
    assert len(amazon.notifications.destinations) == 1
