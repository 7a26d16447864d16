"""Disruptions that need preparation: unroutable events with a collector that is killed over them, replays that are
killed and resumed, an outage of many consumer timeouts, and a listener whose queue is full.
"""

import time
from contextlib import closing

from events.open_bus import open_bus
from events.topology import EVENTS, Binding, Queue, Topology
from faults.context import Context
from faults.crash_points import COLLECTING, REPLAYING, Crash
from faults.plan import Publication
from gateways.simulator.gateways import SimulatedGateways
from ledger.ledger import Ledger
from operations import context as operations_context
from operations.errors import ReplayRefusedError
from operations.replays import control
from operations.replays.dry_run import plan
from schemas.dead_letters import DeadLetterType, LetterFilter, LetterState
from schemas.replays import ReplayPace, ReplayState
from schemas.settings import Settings
from tests.servers import rabbitmq
from tests.servers.processes import wait_until

REPLAY_TIMEOUT = 240.0
"""Seconds until a replayer has crashed."""

CRASH_TIMEOUT = 8.0
"""Seconds until a replayer has crashed over one replay, unless another relay carries it out."""

MIN_LETTERS = 5
"""Open dead letters, at least, when a replay begins."""

MAX_PUBLICATIONS = 150
"""Unroutable events, at most, until a collector has crashed: half a minute."""

REPLAY_REASON = "Amazon and Commerce answer again."
FULL_PACE = ReplayPace(rate=1000.0, ramp=False, stop_share=1.0)
MAX_REPLAYS = 3
"""Replays of failed completions: poison among them fails each time."""

CONSUMER_TIMEOUT = 1.0
DEFAULT_CONSUMER_TIMEOUT = 1800.0
"""Seconds; RabbitMQ's own is half an hour."""

LISTENER = "full-listener"

SHIPPED = "commerce.shipped"


def publish_unrouted(context: Context) -> int:
    """Publish unroutable events until a collector has crashed over one, at each of its points in turn."""
    crashed = context.fleet.crashed
    crash = Crash("collector", min(COLLECTING, key=lambda point: crashed[f"collector/{point}"]))
    before = crashed[crash.label]
    context.fleet.crash_member(crash)
    for published in range(1, MAX_PUBLICATIONS + 1):
        context.publish(_unreadable(context, "order.exploded"))
        if wait_until(lambda: crashed[crash.label] > before, seconds=0.2):
            return published
    return 0


def kill_replay(context: Context) -> int:
    """Replay dead letters until a replayer has crashed over one, at each of its points in turn."""
    crashed = context.fleet.crashed
    crash = REPLAYING[sum(crashed[label] for label in {crash.label for crash in REPLAYING}) % len(REPLAYING)]
    before = crashed[crash.label]
    context.fleet.crash_member(crash)
    killed = wait_until(lambda: _replay_until(context, crash, before), seconds=REPLAY_TIMEOUT)
    return int(killed)


def database_away(context: Context) -> int:
    """Stop PostgreSQL for 25 consumer timeouts; return how many there were. Nothing is dead-lettered for it.

    Raises RuntimeError when RabbitMQ dead-lettered messages.
    """
    before, poisoned = _timeouts(context), _delivered_too_often(context)
    _set_consumer_timeout(context, CONSUMER_TIMEOUT)
    context.send_heartbeats()
    context.servers.cluster.kill()
    time.sleep(25 * CONSUMER_TIMEOUT)
    context.servers.cluster.start()
    context.servers.await_database()
    _set_consumer_timeout(context, DEFAULT_CONSUMER_TIMEOUT)
    if lost := _delivered_too_often(context) - poisoned:
        raise RuntimeError(f"RabbitMQ dead-lettered {lost} messages while PostgreSQL was away.")
    return _timeouts(context) - before


def fill_listener(context: Context) -> int:
    """Bind a listener that takes few messages and is never emptied; return how many were refused for it."""
    arguments: dict[str, str | int] = {"x-max-length": 3, "x-overflow": "reject-publish"}
    bindings = [Binding(EVENTS, event, LISTENER) for event in ("order.recorded", "order.updated", "order.imported")]
    with closing(open_bus(context.servers.direct_broker_url, "listener")) as bus:
        bus.declare(Topology((), (Queue(LISTENER, arguments),), tuple(bindings)))
        context.keep_busy_until(lambda: _refused(context) > 0)
        time.sleep(context.random.uniform(1.0, 5.0))
        refused = _refused(context)
    rabbitmq.ask(context.servers.broker, "DELETE", f"/api/queues/%2F/{LISTENER}")
    return refused


def resume_replays(ledger: Ledger) -> int:
    """Resume the paused and stopped replays, which the relays carry out; return how many replays are unfinished."""
    with ledger.read() as work:
        unfinished = [replay for replay in work.replays.latest(10_000) if replay.ended_at is None]
    for replay in unfinished:
        if replay.state is not ReplayState.RUNNING:
            control.resume(operations_on(ledger), replay.id, actor="trial", reason="It was interrupted.")
    return len(unfinished)


def replay_failures(ledger: Ledger) -> int:
    """Replay, as order staff do, completions that failed for an invalid answer; return how many.

    The scheduler requests a completion once: a failed one stays with people. All else is requested again by the
    product, or published again by upstream.
    """
    failed = LetterFilter(DeadLetterType.FAILED, LetterState.OPEN, event="completion.requested")
    with ledger.read() as work:
        tried = sum(replay.why == REPLAY_REASON for replay in work.replays.latest(10_000))
    if tried >= MAX_REPLAYS:
        return 0
    return _start_replay(ledger, failed, FULL_PACE, REPLAY_REASON)


def operations_on(ledger: Ledger) -> operations_context.Context:
    """Return the context of operators' actions on a ledger."""
    gateways = SimulatedGateways(ledger.documents)
    return operations_context.Context(Settings(), ledger, gateways, gateways.commerce.catalog)


def _set_consumer_timeout(context: Context, seconds: float) -> None:
    """Set the broker's consumer timeout, and have channels reopened: it holds for new ones only."""
    milliseconds = int(seconds * 1000)
    context.servers.node.control("eval", f"application:set_env(rabbit, consumer_timeout, {milliseconds}).")
    context.servers.node.control("eval", f"application:set_env(rabbit, channel_tick_interval, {milliseconds // 4}).")
    context.servers.broker_proxy.cut()


def _timeouts(context: Context) -> int:
    return context.servers.node.log().count("has timed out waiting for delivery acknowledgement")


def _delivered_too_often(context: Context) -> int:
    ((letters,),) = context.servers.sql("select count(*) from dead_letters where reason like '%(delivery_limit)%'")
    return int(letters)


def _refused(context: Context) -> int:
    ((messages,),) = context.servers.sql("select count(*) from outbox where refusals > 0")
    return int(messages)


def _unreadable(context: Context, name: str) -> Publication:
    return Publication(name, b"unreadable %d" % context.random.getrandbits(64))


def _open_letters(context: Context) -> int:
    ((letters,),) = context.servers.sql("select count(*) from dead_letters where state = 'open'")
    return int(letters)


def _replay_until(context: Context, crash: Crash, before: int) -> bool:
    """Start a replay while the other relays are down, and return whether the replayer crashes over it.

    A relay that is up again sooner than the one that is to crash carries the replay out instead. All letters are sent
    in one turn: with a ramp, unreadable letters stop the replay at each of its turns, and it never ends.
    """
    while _open_letters(context) < MIN_LETTERS:
        context.publish(_unreadable(context, SHIPPED))
        wait_until(lambda: _open_letters(context) >= MIN_LETTERS, seconds=1.0)
    for member in context.fleet.members:
        if crash.loop in member.loops and member.crash != crash:
            context.fleet.kill(member)
    _start_replay(context.servers.ledger, LetterFilter(), FULL_PACE, "A replayer is to crash.")
    return wait_until(lambda: context.fleet.crashed[crash.label] > before, seconds=CRASH_TIMEOUT)


def _start_replay(ledger: Ledger, letters: LetterFilter, pace: ReplayPace, reason: str) -> int:
    """Start a replay; return how many letters were planned, 0 when there are none or the selection has just changed."""
    operator = operations_on(ledger)
    try:
        planned = plan(operator, letters, pace)
        control.start(operator, letters, planned.token, pace=pace, actor="trial", reason=reason)
    except ReplayRefusedError:
        return 0
    return planned.count
