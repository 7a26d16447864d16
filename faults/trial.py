"""A trial: the product under load while faults are injected, a cooldown, and the check of the recorded history."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from events.registry import CONSUMERS
from faults import collect_history
from faults.accounts import role_of
from faults.checker import Violation, check, must_republish
from faults.clocks import CLOCKS
from faults.context import Context
from faults.cooldown import COOLDOWN_TIMEOUT, cool_down
from faults.disruptions import replay_failures, resume_replays
from faults.expected_orders import expected_orders
from faults.fleet import Fleet, Member
from faults.heartbeat_events import HeartbeatEvents, HeartbeatPublisher
from faults.history import History, Recovery
from faults.hostile import HostilePublisher
from faults.model import ADDED_PRODUCT, comparable
from faults.nemeses import HEAVY
from faults.outage import OUTAGE, OutageControl
from faults.plan import Plan, make_plan
from faults.publisher import Publisher
from faults.recovery import LOOPS, RECOVERY_TIMEOUT, recover
from faults.servers import Servers
from faults.settings import TrialSettings
from faults.small_faults import injecting
from faults.upstream import Upstream
from gateways.simulator.gateways import SimulatedGateways
from ledger.messages.delivery_audit import DeliveryKey
from operations.catalog.products import save_products
from schemas.settings import Settings
from workers.process.bootstrap import context_of

MAX_REPUBLICATIONS = 3
"""Times that an event is published again in the cooldown; one that fails as often fails for good."""

SLOW_SECONDS = 60.0
"""Seconds before the end from which no fault is begun that may take as long, once each kind was injected."""


@dataclass(slots=True)
class Trial:
    """Runs once. `show` is called with each line of the timeline."""

    settings: TrialSettings
    folder: Path
    show: Callable[[str], None]
    timeline: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: list[Recovery] = field(default_factory=list)
    losses: list[datetime] = field(default_factory=list)
    forgotten: set[DeliveryKey] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    republished: Counter[bytes] = field(default_factory=Counter)
    seconds_to_stop: float = 0.0

    def run(self) -> tuple[History, list[Violation]]:
        """Run the trial; return its history and the violations. Its processes and threads have ended then."""
        plan = make_plan(self.settings.seed, self.settings.orders, datetime.now(UTC))
        with ExitStack() as opened:
            servers = opened.enter_context(closing(self.settings.servers(self.folder)))
            self._set_up_world(servers, plan)
            upstream = Upstream(servers, plan, self.settings.seconds + self.settings.extra_seconds)
            heartbeats = HeartbeatPublisher(servers, HeartbeatEvents(plan.world))
            opened.callback(heartbeats.stop)
            hostile = HostilePublisher(servers, upstream)
            opened.callback(hostile.close)
            outages = OutageControl(self.folder / "outages")
            fleet = opened.enter_context(closing(self._fleet(servers, outages)))
            fleet.start()
            upstream.start()
            opened.callback(upstream.stop)
            random = Random(self.settings.seed)
            context = Context(
                servers,
                fleet,
                outages,
                random,
                self._note_loss,
                lambda: self.forgotten.update(collect_history.follow_ups_of(servers)),
                upstream.publish_until_confirmed,
                partial(heartbeats.send_to, CONSUMERS),
                hostile,
            )
            with self._small_faults(context):
                self._inject_faults(context, heartbeats)
            self.log("cooldown")
            fleet.disarm()
            self._cool_down(servers, upstream, heartbeats, hostile)
            history = self._collect(servers, upstream, [heartbeats, hostile], plan, fleet)
            violations = check(history)
            if violations:
                servers.dump_database(self.folder / "database.sql")
        return history, violations

    def log(self, text: str) -> None:
        """Write a line of the timeline."""
        line = f"{datetime.now(UTC):%H:%M:%S.%f} {text}"
        self.timeline.append(line)
        self.show(line)

    def _set_up_world(self, servers: Servers, plan: Plan) -> None:
        gateways = SimulatedGateways(servers.ledger.documents)
        gateways.commerce.catalog.save(plan.world.products)
        gateways.amazon.place(plan.world.placed)
        with servers.ledger.begin() as work:
            for store in plan.world.stores:
                work.stores.save(store)
            for match in plan.world.matches:
                work.matches.save(*match)

    def _fleet(self, servers: Servers, outages: OutageControl) -> Fleet:
        ports = servers.broker_proxy.port, servers.database_proxy.port
        members = [Member(words) for words in self.settings.fleet]
        added = {OUTAGE: str(outages.folder), CLOCKS: str(self.folder / "clocks")}
        return Fleet(
            self.folder,
            lambda words: servers.process_variables(*ports, role_of(words)) | added,
            members,
            deque(self.settings.crashes),
        )

    def _small_faults(self, context: Context) -> AbstractContextManager[None]:
        if not self.settings.small:
            return nullcontext()
        return injecting(context.servers, context.fleet, Random(self.settings.seed), self._count_small)

    def _count_small(self, kind: str, effects: int) -> None:
        if effects:
            self.faults[kind] += 1

    def _note_loss(self) -> None:
        self.losses.append(datetime.now(UTC))

    def _inject_faults(self, context: Context, heartbeats: HeartbeatPublisher) -> None:
        """Inject faults, each kind once in the seed's order and then in rounds, until the time is over."""
        gives_up = time.monotonic() + self.settings.limit
        ends = time.monotonic() + self.settings.seconds
        half = ends - self.settings.seconds / 2
        restocked = False
        for kind in self.settings.kinds(context.random):
            if self._is_over(ends):
                break
            if self._is_too_late(kind, ends):
                continue
            if time.monotonic() >= gives_up:
                self.complaints.append(
                    f"the trial took too long: no fault was injected after {self.settings.limit:g} s"
                )
                break
            if not restocked and time.monotonic() >= half:
                restocked = self._restock(context.servers)
            if kind:
                self._inject(kind, context, heartbeats)
            time.sleep(context.random.uniform(0.0, 0.5))
        if not restocked:
            self._restock(context.servers)

    def _is_over(self, ends: float) -> bool:
        """Whether the time is over, and each kind was injected that has to be."""
        return not self.settings.once and time.monotonic() >= ends and not self._is_incomplete()

    def _is_too_late(self, kind: str, ends: float) -> bool:
        """Whether a kind may take longer than the time that is left, and was injected before."""
        may_wait = self.settings.covering and kind in HEAVY and not self._is_incomplete()
        return may_wait and time.monotonic() >= ends - SLOW_SECONDS

    def _is_incomplete(self) -> bool:
        return self.settings.covering and not self.faults.keys() >= self.settings.nemeses.keys()

    def _restock(self, servers: Servers) -> bool:
        """Add the missing product to the catalog, as an operator does, which publishes catalog.changed."""
        save_products(context_of(Settings(), servers.ledger), [ADDED_PRODUCT], "faults")
        self.log(f"the product {ADDED_PRODUCT.sku} is in the catalog now")
        return True

    def _inject(self, kind: str, context: Context, heartbeats: HeartbeatPublisher) -> None:
        self.log(kind)
        context.affected.clear()
        count = self.settings.nemeses[kind](context)
        over = datetime.now(UTC)
        self.faults[kind] += int(count > 0)
        if not count:
            self.complaints.append(f"the fault {kind} was injected and had no effect")
        recovery = recover(
            context.servers,
            heartbeats,
            kind,
            context.affected or LOOPS,
            over,
            RECOVERY_TIMEOUT * self.settings.limit_factor,
        )
        self.recoveries.append(recovery)
        took = "not recovered" if recovery.seconds is None else f"recovered in {recovery.seconds:.1f} s"
        self.log(f"{kind}: {count} times; {took}, last {recovery.last}")

    def _cool_down(
        self, servers: Servers, upstream: Upstream, heartbeats: HeartbeatPublisher, hostile: HostilePublisher
    ) -> None:
        finished = upstream.finished.is_set
        seconds = COOLDOWN_TIMEOUT * self.settings.limit_factor
        upstream.skip_pauses()
        # Cut off and slowed down, upstream itself may be minutes behind; the product's time begins after that.
        upstream.through_plan.wait(seconds)
        self.complaints += cool_down(
            servers, finished, lambda: self._republish(servers, [upstream, heartbeats, hostile]), seconds
        )
        if self.republished:
            self.log(f"{len(self.republished)} events published again: lost or dead-lettered by the broker")
        if not finished():
            self.complaints.append(f"upstream could not publish all: {upstream.pending_count()} are pending")
        upstream.stop()
        heartbeats.stop()

    def _republish(self, servers: Servers, publishers: Sequence[Publisher]) -> int:
        """Republish lost and dead-lettered messages, as upstream does from its outbox; return how much was resumed."""
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
        lost = [
            (publisher, sent)
            for publisher in publishers
            for sent in publisher.sent()
            if sent.confirmed and must_republish(so_far, sent) and self.republished[sent.digest] < MAX_REPUBLICATIONS
        ]
        for publisher, sent in lost:
            row = rows.get(sent.delivery) if sent.delivery else None
            publisher.publish_until_confirmed(
                publisher.records[sent.digest].publication, {"epoch": row.epoch + 1} if row else None
            )
            self.republished[sent.digest] += 1
        return len(lost) + replay_failures(servers.ledger) + resume_replays(servers.ledger)

    def _collect(
        self, servers: Servers, upstream: Upstream, others: Sequence[Publisher], plan: Plan, fleet: Fleet
    ) -> History:
        backlog = collect_history.backlog_of(servers)
        self.faults.update({f"crash at {point}": count for point, count in fleet.crashed.items()})
        self.complaints += fleet.unexpected_exits
        with suppress(TimeoutError):
            self.seconds_to_stop = fleet.stop()
        letters, letter_keys = collect_history.letters_of(servers)
        orders = collect_history.orders_of(servers)
        return History(
            sent=(*upstream.sent(), *(sent for other in others for sent in other.sent())),
            rows=collect_history.rows_of(servers),
            follow_ups=collect_history.follow_ups_of(servers),
            letters=letters,
            letter_keys=letter_keys,
            letter_identities=collect_history.letter_identities_of(servers),
            deferred=collect_history.deferred_of(servers),
            nets=collect_history.nets_of(servers),
            losses=tuple(self.losses),
            forgotten=frozenset(self.forgotten),
            applied=collect_history.applied_of(servers),
            ignored=collect_history.ignored_of(servers),
            blocked=sum(order.import_state == "blocked" for order in orders),
            orders={
                o.key: comparable(o, next(s for s in plan.world.stores if s.store_id == o.store_id)) for o in orders
            },
            expected=expected_orders(plan, upstream),
            books=collect_history.books_of(
                servers.ledger,
                [order.key for order in plan.world.orders],
                [store.store_id for store in plan.world.stores],
            ),
            backlog=backlog,
            replays=collect_history.replays_of(servers),
            letters_replaying=collect_history.letters_replaying(servers),
            recoveries=tuple(self.recoveries),
            faults=dict(self.faults),
            complaints=tuple(self.complaints),
        )
