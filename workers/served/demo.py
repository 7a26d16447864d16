"""The demo over HTTP: the product in a process of its own, through its real clients, with faults on the way.

Both ends are served in this process. Acts at Amazon and in the shop without Crossdock are done by their control
addresses; the rest goes the way of production: notifications from SQS, getOrder, carts, the shop's webhook and lists.
"""

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from socket import create_server
from tempfile import TemporaryDirectory
from threading import Event

from events.open_bus import open_bus
from events.topology import TOPOLOGY
from gateways.http.client import HttpClient
from gateways.simulator.driver import ShopWebhook
from gateways.simulator.serving import LOOPBACK
from gateways.simulator.world.world import World
from ledger.ledger import Ledger
from schemas.order import Order
from schemas.settings import Settings, read_settings
from schemas.store import OrderNumberSource, Store
from workers.amazon_subscription import subscribe
from workers.demo import Summary
from workers.process.bootstrap import open_ledger, opened_systems
from workers.process.parts import Parts
from workers.process.retry import retry_until_stopped
from workers.served.ends import Ends, Trouble, served_ends
from workers.served.product import Product
from workers.served.world_run import WorldRun

TIME_LIMIT = 600.0
"""Seconds that the world may take to its end, on a machine that is ten times slower than a quiet one; the
summary shows the orders that have not reached theirs."""

EVERY_TWO_SECONDS = "*/2 * * * * *"


class ServedDemo:
    """The world's orders, played against the served ends while `crossdock up` runs."""

    def __init__(
        self, ends: Ends, ledger: Ledger, product: Product, webhook: ShopWebhook, settings: Mapping[str, str]
    ) -> None:
        """Play the world of the ends; the product, started with the settings, and this process share the ledger."""
        self.world: World = ends.world
        self._ends = ends
        self._product = product
        self._settings = settings
        self._world_run = WorldRun(ends.world, ends.driver, webhook, ledger)

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Make the world's events. *progress* gets the number of those made, and of all."""
        self._ends.begin_trouble()
        self._product.start(self._settings)
        try:
            self._world_run.run(progress, TIME_LIMIT)
        finally:
            self._product.close()

    def orders(self) -> list[Order]:
        """Return all orders in their present state, by date of purchase."""
        return self._world_run.orders()

    def summary(self) -> Summary:
        """Count the orders by their final states, and compare the books of both simulators with them."""
        orders = self.orders()
        return Summary.of(orders, len(self.world.orders), self._world_run.lost(orders), self._world_run.doubled())

    @property
    def kills(self) -> Mapping[str, int]:
        """How often the process was killed, by the names of the points."""
        return self._product.kills

    @property
    def went_wrong(self) -> tuple[int, int]:
        """How many answers were lost, and how many calls throttled."""
        return self._ends.went_wrong


@contextmanager
def opened_served_demo(orders: int, seed: int, trouble: Trouble) -> Iterator[tuple[ServedDemo, Parts]]:
    """Serve both ends with the world of *seed*, and open a demo of it; and the parts of a process at its end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="crossdock-demo-")))
        product = Product()
        ends = stack.enter_context(served_ends(orders, seed, trouble, product.kill))
        values = _settings_of(ends, folder)
        settings = read_settings(values)
        stack.enter_context(variables_set({name: value for name, value in values.items() if name.startswith("AWS_")}))
        ledger = stack.enter_context(closing(open_ledger(settings)))
        ledger.migrate()
        store_world(ledger, ends.world)
        (seller,) = settings.sellers
        retry_until_stopped(
            lambda: subscribe(settings, seller, ledger, replace=False), "subscribe to notifications", Event()
        )
        url = f"http://{settings.intake_host}:{settings.intake_port}"
        crossdock = stack.enter_context(closing(HttpClient("crossdock", url)))
        webhook = ShopWebhook(crossdock, values["CROSSDOCK_COMMERCE_WEBHOOK_SECRET"])
        demo = ServedDemo(ends, ledger, product, webhook, values)
        yield demo, stack.enter_context(_opened_parts(settings, ledger))


def _settings_of(ends: Ends, folder: Path) -> dict[str, str]:
    """Return all settings of the product's process."""
    with create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    return {
        **ends.settings,
        "CROSSDOCK_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "CROSSDOCK_VAULT_KEY": base64.b64encode(token_bytes(32)).decode(),
        "CROSSDOCK_INTAKE_PORT": str(port),
        "CROSSDOCK_COMMERCE_WEBHOOK_SECRET": token_urlsafe(32),
        "CROSSDOCK_COMMERCE_POLL_SECONDS": "5",
        "CROSSDOCK_COMPLETE_CRON": EVERY_TWO_SECONDS,
        "CROSSDOCK_LOG_LEVEL": "error",
    }


@contextmanager
def variables_set(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables, which boto3 reads, until the block ends."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _opened_parts(settings: Settings, ledger: Ledger) -> Iterator[Parts]:
    with closing(open_bus("memory://", "crossdock demo")) as bus, opened_systems(settings, ledger) as systems:
        bus.declare(TOPOLOGY)
        yield Parts(settings, ledger, bus, systems.gateways, accounts=systems.accounts, commerce=systems.commerce)


def store_world(ledger: Ledger, world: World) -> None:
    """Save the stores and the matches of a world, with the settings that the served shop takes."""
    with ledger.begin() as work:
        for store in world.stores:
            work.stores.save(_placed_through_carts(store))
        for match in world.matches:
            work.matches.save(*match)


def _placed_through_carts(store: Store) -> Store:
    """Return a store as the served shop takes it: one store view, and Commerce's numbers, as carts have them."""
    changes = {"commerce_store_view": "default", "order_number_source": OrderNumberSource.COMMERCE}
    return store.model_copy(update={"settings": store.settings.model_copy(update=changes)})
