"""A seller's account at the simulated Amazon: orders, feeds, subscriptions and rates, which no other seller sees."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateways.simulator.sp_api.feeds import FeedDesk
from gateways.simulator.sp_api.marketplace import Marketplace
from gateways.simulator.sp_api.notifications import NotificationService
from gateways.simulator.sp_api.orders import OrderReader
from gateways.simulator.sp_api.rates import Clock, Rates
from gateways.simulator.sqs import SimulatedQueue


@dataclass
class Account:
    """The parts that operations work on; the queue and the destinations are the application's."""

    seller_id: str
    marketplace: Marketplace
    reader: OrderReader
    feeds: FeedDesk
    notifications: NotificationService
    rates: Rates


class Accounts:
    """Opens the accounts of the sellers that have authorized one application."""

    def __init__(self, clock: Clock, roles: Collection[str], queue: SimulatedQueue, numbers: Iterator[int]) -> None:
        """Send notifications to *queue*; ids of new objects have the next of the *numbers*."""
        self._clock = clock
        self._roles = roles
        self._queue = queue
        self._numbers = numbers
        self._destinations: dict[str, dict[str, object]] = {}

    def open(self, seller_id: str) -> Account:
        """Return an account without orders."""
        market = Marketplace(self._clock)
        notifications = NotificationService(
            market, seller_id, self._queue.put, self._queue.has, self._destinations, numbers=self._numbers
        )
        market.listeners.append(notifications.order_changed)
        feeds = FeedDesk(market, numbers=self._numbers)
        return Account(seller_id, market, OrderReader(market, self._roles), feeds, notifications, Rates(self._clock))
