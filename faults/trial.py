"""A trial: the product at work under load while things break, then peace, then the question what came of it all."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from events.registry import CONSUMERS
from faults import collect_history
from faults.checker import Violation, check, is_accounted, is_excused
from faults.clocks import CLOCKS
from faults.context import Nemesis, Scene
from faults.cooldown import come_to_rest
from faults.crash_points import Crash, points
from faults.disruptions import carry_on, replay_failures
from faults.fleet import Fleet, Member
from faults.heartbeat_events import Bell, Ringer
from faults.history import History, Recovery, Sent
from faults.model import ADDED, Model, bare
from faults.nemeses import QUICK
from faults.outside import Outside
from faults.plan import Need, Plan, make_plan
from faults.publisher import Voice
from faults.recovery import LOOPS, recover
from faults.servers import Servers
from faults.upstream import Upstream
from gateways.simulator.gateways import SimulatedGateways
from operations.catalog.products import save_products
from schemas.payloads import CancelRequested
from schemas.settings import Settings
from workers.process.bootstrap import context_of

MOST_SAYINGS = 3
"""Times that an event is published again in the end; what fails as often fails for good."""

QUICK_ONES = 2
"""Times in a round that a fault which is over within seconds is brought."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is wanted of a trial: its seed, how much, how long, which faults, and which crashes.

    `once`: each fault is brought once, however long it takes; the events are spread over the seconds all the same.
    `afterwards`: seconds that upstream goes on for when no more faults begin, so that the last one's recovery is seen.
    """

    seed: int
    orders: int
    seconds: float
    nemeses: Mapping[str, Nemesis]
    crashes: Sequence[Crash]
    fleet: Sequence[Sequence[str]]
    once: bool = False
    servers: Callable[[Path], Servers] = Servers
    afterwards: float = 0.0


@dataclass(slots=True)
class Trial:
    """Runs once. `show` is told what happens, when it happens."""

    wanted: Orders
    run: Path
    show: Callable[[str], None]
    timeline: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: list[Recovery] = field(default_factory=list)
    losses: list[datetime] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    said_again: Counter[bytes] = field(default_factory=Counter)
    seconds_to_stop: float = 0.0

    def go(self) -> tuple[History, list[Violation]]:
        """Do it all; return what was recorded, and what is wrong with it."""
        plan = make_plan(self.wanted.seed, self.wanted.orders, datetime.now(UTC))
        servers = self.wanted.servers(self.run)
        try:
            self._furnish(servers, plan)
            upstream = Upstream(servers, plan, self.wanted.seconds + self.wanted.afterwards)
            ringer = Ringer(servers, Bell(plan.world))
            outside = Outside(self.run / "outside")
            fleet = self._fleet(servers, outside)
            fleet.start()
            upstream.start()
            random = Random(self.wanted.seed)
            stir = partial(ringer.ring, CONSUMERS)
            self._break(Scene(servers, fleet, outside, random, self._note_loss, upstream.say, stir), ringer)
            self.say("peace")
            fleet.disarm()
            self._make_peace(servers, upstream, ringer)
            history = self._gather(servers, upstream, ringer, plan, fleet)
        finally:
            servers.close()
        return history, check(history)

    def say(self, what: str) -> None:
        """Write a line of the timeline."""
        line = f"{datetime.now(UTC):%H:%M:%S.%f} {what}"
        self.timeline.append(line)
        self.show(line)

    def _furnish(self, servers: Servers, plan: Plan) -> None:
        outside = SimulatedGateways(servers.ledger.documents)
        outside.commerce.catalog.save(plan.world.products)
        outside.amazon.place(plan.world.placed)
        with servers.ledger.begin() as work:
            for store in plan.world.stores:
                work.stores.save(store)
            for match in plan.world.matches:
                work.matches.save(*match)

    def _fleet(self, servers: Servers, outside: Outside) -> Fleet:
        env = servers.environment(servers.broker_proxy.port, servers.database_proxy.port)
        members = [Member(words) for words in self.wanted.fleet]
        env |= {"CROSSDOCK_TEST_OUTSIDE": str(outside.folder), CLOCKS: str(self.run / "clocks")}
        return Fleet(self.run, env, members, deque(self.wanted.crashes))

    def _note_loss(self) -> None:
        self.losses.append(datetime.now(UTC))

    def _break(self, scene: Scene, ringer: Ringer) -> None:
        """Bring faults in rounds, each kind once a round in the seed's order, until the time is over."""
        ends = time.monotonic() + self.wanted.seconds
        half = ends - self.wanted.seconds / 2
        restocked = False
        for kind in self._kinds(scene.random):
            if not self.wanted.once and time.monotonic() >= ends:
                break
            if not restocked and time.monotonic() >= half:
                restocked = self._restock(scene.servers)
            if kind:
                self._bring(kind, scene, ringer)
            time.sleep(scene.random.uniform(0.0, 0.5))
        if not restocked:
            self._restock(scene.servers)

    def _kinds(self, random: Random) -> Iterator[str]:
        """Return the faults as they come, "" for none."""
        while True:
            times = {kind: QUICK_ONES if kind in QUICK and not self.wanted.once else 1 for kind in self.wanted.nemeses}
            kinds = [kind for kind, count in times.items() for _ in range(count)]
            random.shuffle(kinds)
            yield from kinds or [""]
            if self.wanted.once:
                return

    def _restock(self, servers: Servers) -> bool:
        """Put the missing product into the catalog, as an operator would; Commerce says so."""
        save_products(context_of(Settings(), servers.ledger), [ADDED])
        self.say(f"the product {ADDED.sku} is in the catalog now")
        return True

    def _bring(self, kind: str, scene: Scene, ringer: Ringer) -> None:
        self.say(kind)
        scene.hit.clear()
        count = self.wanted.nemeses[kind](scene)
        over = datetime.now(UTC)
        self.faults[kind] += int(count > 0)
        if not count:
            self.complaints.append(f"the fault {kind} was brought and did not happen")
        recovery = recover(scene.servers, ringer, kind, scene.hit or LOOPS, over)
        self.recoveries.append(recovery)
        took = "not recovered" if recovery.seconds is None else f"recovered in {recovery.seconds:.1f} s"
        self.say(f"{kind}: {count} times; {took}, last {recovery.last}")

    def _make_peace(self, servers: Servers, upstream: Upstream, ringer: Ringer) -> None:
        said = upstream.said.is_set
        upstream.hurry()
        self.complaints += come_to_rest(servers, said, lambda: self._replay(servers, [upstream, ringer]))
        if self.said_again:
            self.say(f"{len(self.said_again)} events published again: forgotten on purpose, or set aside by the broker")
        if not said():
            self.complaints.append(f"upstream could not say all: {upstream.held()} held back")
        upstream.stop()
        ringer.stop()

    def _replay(self, servers: Servers, voices: Sequence[Voice]) -> int:
        """Say again what the broker was made to forget, as upstream does from its own outbox, and what lies in nets."""
        rows, nets = collect_history.rows_of(servers), collect_history.nets_of(servers)
        digests, keys = collect_history.letters_of(servers)
        so_far = History(
            rows=rows,
            letters=digests,
            letter_keys=keys,
            letter_identities=collect_history.letter_identities_of(servers),
            losses=tuple(self.losses),
            nets=nets,
        )
        wanted = [
            (voice, sent)
            for voice in voices
            for sent in voice.sent()
            if sent.confirmed and _must_say_again(so_far, sent) and self.said_again[sent.digest] < MOST_SAYINGS
        ]
        for voice, sent in wanted:
            row = rows.get(sent.heard) if sent.heard else None
            voice.say(voice.records[sent.digest].publication, {"epoch": row.epoch + 1} if row else None)
            self.said_again[sent.digest] += 1
        return len(wanted) + replay_failures(servers.ledger) + carry_on(servers.ledger)

    def _gather(self, servers: Servers, upstream: Upstream, ringer: Ringer, plan: Plan, fleet: Fleet) -> History:
        quiet = collect_history.quiet_of(servers)
        self.faults.update({f"crash at {point}": count for point, count in fleet.crashed.items()})
        self.complaints += fleet.unwanted
        with suppress(TimeoutError):
            self.seconds_to_stop = fleet.stop()
        letters, letter_keys = collect_history.letters_of(servers)
        orders = collect_history.orders_of(servers)
        return History(
            sent=(*upstream.sent(), *ringer.sent()),
            rows=collect_history.rows_of(servers),
            said=collect_history.said_of(servers),
            letters=letters,
            letter_keys=letter_keys,
            letter_identities=collect_history.letter_identities_of(servers),
            waiting=collect_history.waiting_of(servers),
            nets=collect_history.nets_of(servers),
            losses=tuple(self.losses),
            applied=collect_history.applied_of(servers),
            ignored=collect_history.ignored_of(servers),
            blocked=sum(order.import_state == "blocked" for order in orders),
            orders={o.key: bare(o, next(s for s in plan.world.stores if s.store_id == o.store_id)) for o in orders},
            expected=_expected(plan, upstream),
            books=collect_history.books_of(
                servers.ledger,
                [order.key for order in plan.world.orders],
                [store.store_id for store in plan.world.stores],
            ),
            quiet=quiet,
            replays=collect_history.replays_of(servers),
            still_replayed=collect_history.still_replayed(servers),
            recoveries=tuple(self.recoveries),
            faults=dict(self.faults),
            complaints=tuple(self.complaints),
        )


def _must_say_again(history: History, sent: Sent) -> bool:
    """Tell whether an event is to be said again: one that is forgotten, failed at the outside, or died at the broker.

    Poison that is set aside stays so.
    """
    if sent.heard is None or sent.poison:
        return not is_accounted(history, sent) and is_excused(history, sent)
    row = history.rows.get(sent.heard)
    if row is None:
        return is_accounted(history, sent) or is_excused(history, sent)
    return row.state == "failed"


def every_crash(random: Random) -> list[Crash]:
    """Return each point of each loop once, in an order of the seed's, at its first to third passing."""
    found = [Crash(who, point, random.randint(1, 3)) for who, those in points().items() for point in those]
    random.shuffle(found)
    return found


def _expected(plan: Plan, upstream: Upstream) -> dict[tuple[str, str], Mapping[str, object]]:
    """Return how the orders must end, with the cancellations that came about while the trial ran."""
    model, bell = Model(plan.world), Bell(plan.world)
    wishes = {
        one.publication.order: one.publication.payload
        for one in upstream.records.values()
        if isinstance(one.publication.payload, CancelRequested)
    }
    expected: dict[tuple[str, str], Mapping[str, object]] = {}
    for order in plan.world.orders:
        said = plan.acts_of(order)
        if wish := wishes.get(order.key):
            said.append((wish, Need.OPEN_ORDER))
        if order.key == bell.key:
            said += [(payload, Need.NOTHING) for payload in bell.payloads.values()]
        if report := upstream.reported.get(order.key):
            said.append((report, Need.NOTHING))
        end, _ = model.end(order.key[0], said)
        expected[order.key] = bare(end, model.store(order.key[0]))
    return expected


FLEET: tuple[tuple[str, ...], ...] = (
    ("work", "order-placed", "status-changed", "commerce-shipped"),
    ("work", "importer", "confirmer", "completer"),
    ("work", "catalog-changed", "canceller", "commerce-canceller", "reserver"),
    ("work", *CONSUMERS),
    ("relay",),
    ("relay",),
    ("scheduler",),
    ("scheduler",),
)
"""Each consumer twice, in different company; two relays; two clocks, of which one leads."""
