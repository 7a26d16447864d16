"""The trial through the real clients: a served Amazon and Commerce, which lose answers and throttle calls.

Their world is played as in `crossdock demo --served`, but the product is a fleet of processes on RabbitMQ and
PostgreSQL. Servers, network and processes are disturbed meanwhile, and processes are killed after calls that were
carried out and not answered. The simulators' own books judge it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from threading import Event, Thread
from time import monotonic

import psycopg

from events.registry import CONSUMERS
from faults.accounts import role_of
from faults.context import Context, Nemesis
from faults.fleet import Fleet, Member
from faults.nemeses import ALL
from faults.outage import OutageControl
from faults.servers import Servers
from faults.small_faults import injecting
from gateways.http.client import HttpClient
from gateways.simulator.driver import ShopWebhook
from gateways.simulator.kill_points import POINTS
from schemas.order import Order, OrderKey
from schemas.settings import PREFIX, read_settings
from tests.servers.processes import free_port
from workers.amazon_subscription import subscribe
from workers.process.retry import retry_until_stopped
from workers.served.demo import store_world, variables_set
from workers.served.ends import Ends, Trouble, served_ends
from workers.served.world_run import WorldRun

FLEET = (
    ("work", "order-placed", "status-changed", "commerce-shipped"),
    ("work", "importer", "confirmer", "completer"),
    ("work", "catalog-changed", "canceller", "commerce-canceller", "reserver"),
    ("work", *CONSUMERS),
    ("relay",),
    ("scheduler",),
    ("intake", "amazon"),
    ("intake", "amazon"),
    ("intake", "commerce"),
)

CALLERS = {
    "notifications received": "intake amazon",
    "notifications deleted": "intake amazon",
    "order read": "intake amazon",
    "cart created": "importer",
    "item added": "importer",
    "cart placed": "importer",
    "order written": "importer",
    "order canceled": "commerce-canceller",
    "shipment read": "intake commerce",
    "parcel confirmed": "confirmer",
    "invoice made": "completer",
}
"""The loop that makes the call of each point."""

KINDS = (
    "process killed",
    "process stopped",
    "backends terminated",
    "broker cut off",
    "database cut off",
    "broker refuses",
    "database refuses",
    "broker slow",
    "database slow",
    "broker killed",
    "database restarted",
    "rolling restart",
)
"""None of them has the broker or the ledger lose anything: their promises are the subject of another trial."""

TROUBLE = Trouble(lost=0.1, throttled=0.1, killed=True)

TIME_LIMIT = 600.0
"""Seconds after the last fault within which the world comes to its end, on a machine that is ten times slower."""


@dataclass(frozen=True, slots=True)
class ServedSettings:
    """The orders of the world, which are placed over *seconds*, and the faults meanwhile, each kind at least once."""

    seed: int
    orders: int
    seconds: float
    nemeses: Mapping[str, Nemesis] = field(default_factory=lambda: {kind: ALL[kind] for kind in KINDS})


@dataclass(slots=True)
class ServedTrial:
    """Runs once. `show` is called with each line of the timeline; `complaints` is empty when all went right."""

    settings: ServedSettings
    folder: Path
    show: Callable[[str], None]
    faults: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    orders: int = 0
    lost: int = 0
    doubled: int = 0
    answers_lost: int = 0
    calls_throttled: int = 0
    _fleet: Fleet | None = None

    def run(self) -> None:
        """Run the trial. Its processes and threads have ended then."""
        with ExitStack() as opened:
            servers = opened.enter_context(closing(Servers(self.folder)))
            ends = opened.enter_context(served_ends(self.settings.orders, self.settings.seed, TROUBLE, self._kill))
            values, secret = _settings_of(ends), token_urlsafe(32)
            values["CROSSDOCK_COMMERCE_WEBHOOK_SECRET"] = secret
            store_world(servers.ledger, ends.world)
            _subscribe(servers, values)
            self._fleet = fleet = opened.enter_context(closing(_fleet(servers, self.folder, values)))
            url = f"http://127.0.0.1:{values['CROSSDOCK_INTAKE_PORT']}"
            webhook = ShopWebhook(opened.enter_context(closing(HttpClient("crossdock", url))), secret)
            world_run = WorldRun(ends.world, ends.driver, webhook, servers.ledger)
            fleet.start()
            ends.begin_trouble()
            with self._disturbed(servers, fleet):
                world_run.run(lambda happened, total: None, self.settings.seconds + TIME_LIMIT, self.settings.seconds)
            self._judge(world_run, ends, fleet)

    def report(self) -> str:
        """Return the table: faults by kind, and the figures of the books."""
        counts = {"answers lost": self.answers_lost, "calls throttled": self.calls_throttled, "orders": self.orders}
        rows = dict(sorted(self.faults.items())) | counts | {"LOST": self.lost, "DOUBLED": self.doubled}
        return "\n".join([*(f"{what:<42}{count:>7}" for what, count in rows.items()), *self.complaints])

    def _kill(self, point: str) -> None:
        """Kill the processes that make the call of a point: the call does not show which of them it was."""
        assert self._fleet
        if self._fleet.kill_now(CALLERS[point]):
            self.faults[f"killed: {point}"] += 1

    @contextmanager
    def _disturbed(self, servers: Servers, fleet: Fleet) -> Iterator[None]:
        """Inject faults from threads of their own until the time is over and each kind was injected."""
        stop, random = Event(), Random(self.settings.seed)
        thread = Thread(target=self._inject, args=(servers, fleet, random, stop), name="faults", daemon=True)
        thread.start()
        try:
            yield
            thread.join()  # a world_run may end before each kind was injected
        finally:
            stop.set()
            thread.join()

    def _count_small(self, kind: str, effects: int) -> None:
        self.faults[kind] += effects > 0

    def _inject(self, servers: Servers, fleet: Fleet, random: Random, stop: Event) -> None:
        with injecting(servers, fleet, Random(self.settings.seed), self._count_small):
            self._inject_kinds(servers, fleet, random, stop)

    def _inject_kinds(self, servers: Servers, fleet: Fleet, random: Random, stop: Event) -> None:
        context = Context.without_events(servers, fleet, OutageControl(self.folder / "outages"), random)
        ends = monotonic() + self.settings.seconds
        kinds: list[str] = []
        while not stop.is_set() and (monotonic() < ends or not self.faults.keys() >= self.settings.nemeses.keys()):
            if not kinds:
                kinds = random.sample(list(self.settings.nemeses), len(self.settings.nemeses))
            kind = kinds.pop()
            try:
                self.faults[kind] += self.settings.nemeses[kind](context) > 0
            except (psycopg.Error, OSError, RuntimeError) as error:
                self.complaints.append(f"the fault {kind} could not be injected: {error}")
                return
            self.show(f"{datetime.now(UTC):%H:%M:%S} {kind}")
            stop.wait(random.uniform(0.5, 2.0))

    def _judge(self, world_run: WorldRun, ends: Ends, fleet: Fleet) -> None:
        """Stop the product, and compare the books of both ends with the world's world_run."""
        fleet.stop()
        orders = world_run.orders()
        self.orders, self.lost, self.doubled = len(orders), world_run.lost(orders), world_run.doubled()
        self.answers_lost, self.calls_throttled = ends.went_wrong
        self.complaints += fleet.unexpected_exits
        expected = {*self.settings.nemeses, *(f"killed: {point}" for point in POINTS)}
        self.complaints += [
            f"{kind}: did not happen, or had no effect" for kind in sorted(expected) if not self.faults[kind]
        ]
        by_key = {order.key: order for order in orders}
        self.complaints += [_unfinished(key, by_key.get(key)) for key in world_run.unfinished(by_key)]


def _unfinished(key: OrderKey, order: Order | None) -> str:
    """Say how far an order came, and the ledger's last note of it, which names what refused it."""
    state = f"is {order.status}, {order.import_state}: {order.note or 'no note'}" if order else "is not in the ledger"
    return f"order {key[1]} is not at the end of its scenario, it {state}"


def _settings_of(ends: Ends) -> dict[str, str]:
    """Return the settings of the product's processes, but for their servers."""
    return {
        **ends.settings,
        "CROSSDOCK_INTAKE_PORT": str(free_port()),
        "CROSSDOCK_COMMERCE_POLL_SECONDS": "5",
    }


def _subscribe(servers: Servers, values: Mapping[str, str]) -> None:
    own = servers.process_variables(servers.broker_port, servers.database_port, "reader")
    settings = read_settings({**{name: own[name] for name in own if name.startswith(PREFIX)}, **values})
    with variables_set({name: value for name, value in values.items() if name.startswith("AWS_")}):
        (seller,) = settings.sellers
        work = partial(subscribe, settings, seller, servers.ledger, replace=False)
        retry_until_stopped(work, "subscribe to notifications", Event())


def _fleet(servers: Servers, folder: Path, values: Mapping[str, str]) -> Fleet:
    ports = servers.broker_proxy.port, servers.database_proxy.port
    return Fleet(
        folder,
        lambda words: {**servers.process_variables(*ports, role_of(words)), **values},
        [Member(words) for words in FLEET],
    )
