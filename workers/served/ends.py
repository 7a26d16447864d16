"""Both ends of the demo over HTTP, served in this process on loopback ports, with their faults."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from gateways.http.client import HttpClient
from gateways.simulator.driver import WorldDriver
from gateways.simulator.kill_points import KillPoints
from gateways.simulator.rest.server import RestServer
from gateways.simulator.serving import served
from gateways.simulator.sp_api.server import AmazonServer
from gateways.simulator.world.scenarios import HARD
from gateways.simulator.world.world import World, make_world
from operations.simulator import (
    MarketplaceOptions,
    SimulatorOptions,
    amazon_settings_for,
    open_amazon,
    open_commerce,
    settings_for,
    stock,
)

QUEUE = MarketplaceOptions(rate_factor=1000.0, notifications_doubled=0.2, notifications_delay=0.3, disorder=True)
"""Amazon's own rates would have a demo take an hour. Its queue doubles messages and shuffles them, as SQS may."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The faults: shares of answers lost and of calls throttled; whether the process is killed at each point."""

    lost: float = 0.0
    throttled: float = 0.0
    killed: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """The served ends: the world that they are of, its driver, and the settings that connect Crossdock to them."""

    world: World
    driver: WorldDriver
    settings: Mapping[str, str]
    commerce: RestServer
    amazon: AmazonServer
    options: SimulatorOptions

    def begin_trouble(self) -> None:
        """Lose and throttle from now on. Setting up meets none: people see a failed step there, and repeat it."""
        self.commerce.trouble, self.amazon.trouble = self.options.trouble(), self.options.trouble()

    @property
    def went_wrong(self) -> tuple[int, int]:
        """How many answers were lost, and how many calls throttled."""
        troubles = self.commerce.trouble, self.amazon.trouble
        return sum(trouble.lost_answers for trouble in troubles), sum(trouble.throttled_calls for trouble in troubles)


@contextmanager
def served_ends(orders: int, seed: int, trouble: Trouble, kill: Callable[[str], None]) -> Iterator[Ends]:
    """Serve both ends with the world of *seed*; *kill* kills the process that called, at a named point."""
    world = make_world(seed, orders, datetime.now(UTC), HARD)
    commerce, amazon = open_commerce(SimulatorOptions(seed)), open_amazon(SimulatorOptions(seed), QUEUE)
    stock(commerce.shop, world.products)
    points = KillPoints(kill) if trouble.killed else KillPoints(kill, set())
    with ExitStack() as stack:
        shop_url = stack.enter_context(served(points.around(commerce)))
        amazon.url = stack.enter_context(served(points.around(amazon)))
        driver = WorldDriver(
            stack.enter_context(closing(HttpClient("commerce", shop_url))),
            stack.enter_context(closing(HttpClient("amazon", amazon.url))),
        )
        settings = settings_for(commerce, _port(shop_url)) | amazon_settings_for(amazon, _port(amazon.url))
        yield Ends(world, driver, settings, commerce, amazon, SimulatorOptions(seed, trouble.lost, trouble.throttled))


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
