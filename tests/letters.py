"""How each class of dead letter comes about, and how a test replays them."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from events.bus import Delivery
from operations.context import Context
from operations.dead_letters.discard import discard
from operations.replays.control import StartedReplay, start
from operations.replays.dry_run import plan
from schemas.dead_letters import DeadLetter, LetterFilter
from schemas.message import Message
from schemas.order import OrderKey
from schemas.product import Product
from schemas.replays import Replay, ReplayCounts, ReplayPace
from tests.builders import HOME, STORE_ID, an_item, placed, shipped
from tests.harness import Pipeline, event_of, eventually, message_of
from workers.collector import Collector
from workers.jobs import expire_early, retry_blocked
from workers.poison_messages import DEATHS, SUSPECT, PoisonMessageGuard
from workers.replayer import ReplayRun

EVERY = LetterFilter()
FAST = ReplayPace(rate=1_000_000.0, ramp=False, stop_share=1.0)
WHO = "test operator"
WHY = "The cause is gone."
FIXED = Product(sku="SKU-1", name="Test product", quantity=1_000_000)


class LaterClock:
    """The present instant, and the time that a test added."""

    def __init__(self) -> None:
        """Begin at the present."""
        self._added = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self._added

    def pass_time(self, **amount: float) -> None:
        """Advance by so many `minutes`, `days`, ..."""
        self._added += timedelta(**amount)


def order_id(number: int) -> str:
    """Return an invented Amazon order id."""
    return f"123-1234567-{number:07}"


def key(number: int) -> OrderKey:
    """Return the key of an invented order."""
    return STORE_ID, order_id(number)


def block(pipeline: Pipeline, numbers: range = range(1), sku: str = "SKU-1", **facts: object) -> None:
    """Have orders of one piece placed whose product is not in the catalog."""
    item = an_item(seller_sku=sku)
    reported = {
        "status": "Unshipped",
        "items": (item,),
        "shipping_address": HOME,
        "order_total": item.item_price,
    } | facts
    pipeline.handle(*(placed(amazon_order_id=order_id(number), **reported) for number in numbers))


def collect(pipeline: Pipeline) -> None:
    """Drain the dead-letter queues once."""
    with closing(Collector(pipeline.ledger, pipeline.parts.bus)) as collector:
        while collector.turn():
            pass


def blocked(pipeline: Pipeline) -> None:
    """Block an order on its product."""
    block(pipeline)


def never_placed(pipeline: Pipeline) -> None:
    """Report a parcel of an order that was never placed, until its deadline has passed."""
    pipeline.handle(shipped(amazon_order_id=order_id(0)))
    clock = pipeline.ledger._clock
    assert isinstance(clock, LaterClock)
    clock.pass_time(hours=2)
    pipeline.run_jobs(expire_early)


def failed(pipeline: Pipeline) -> None:
    """Send an order whose data is wrong."""
    event = event_of(placed(amazon_order_id=order_id(0)), "wrong")
    event["data"]["items"] = []
    pipeline.publish([message_of(event, "order.placed")])
    pipeline.drain()


def unreadable(pipeline: Pipeline) -> None:
    """Send a message that is no event."""
    pipeline.publish([message_of(b"Test Buyer, 1 Test Street: no JSON", "order.placed")])
    pipeline.drain()


def crash(pipeline: Pipeline) -> None:
    """Deliver an order that killed the processes which handled it before."""
    deliver_to_killed(pipeline, message_of(event_of(placed(amazon_order_id=order_id(0))), "order.placed"))


def deliver_to_killed(pipeline: Pipeline, message: Message) -> None:
    """Let processes die over a message, and another take it."""
    delivery = Delivery(message, 1, 1, SUSPECT, redelivered=True)
    for _ in range(DEATHS):
        PoisonMessageGuard(pipeline.parts.processor("order-placed"))._note(_digest(message))
    PoisonMessageGuard(pipeline.parts.processor("order-placed")).begin([delivery]).finish()


def _digest(message: Message) -> bytes:
    return blake2b(message.body, digest_size=16).digest()


def unrouted(pipeline: Pipeline) -> None:
    """Send an event that no consumer takes."""
    event = event_of(placed(amazon_order_id=order_id(0))) | {"type": "nobody.knows"}
    pipeline.publish([message_of(event, "nobody.knows")])
    collect(pipeline)


LETTER_MAKERS: Mapping[str, Callable[[Pipeline], None]] = {
    "blocked": blocked,
    "never_placed": never_placed,
    "failed": failed,
    "unreadable": unreadable,
    "crash": crash,
    "unrouted": unrouted,
}


def context_of(pipeline: Pipeline) -> Context:
    """Return the context of operations on the pipeline's ledger."""
    return pipeline.context


def the_letter(pipeline: Pipeline) -> DeadLetter:
    """Return the only dead letter."""
    (letter,) = pipeline.letters()
    return letter


def begin_replay(pipeline: Pipeline, wanted: LetterFilter | None = None, pace: ReplayPace = FAST) -> StartedReplay:
    """Make a dry run, and start its plan."""
    wanted = wanted or LetterFilter()
    context = context_of(pipeline)
    found = plan(context, wanted, pace)
    return start(context, wanted, found.token, pace=pace, actor=WHO, reason=WHY)


def replay_of_blocked(pipeline: Pipeline, orders: int = 1, pace: ReplayPace = FAST) -> str:
    """Block so many orders and start a replay of their letters; return its id."""
    block(pipeline, range(orders))
    return begin_replay(pipeline, pace=pace).replay_id


def carrier(pipeline: Pipeline, replay_id: str, owner: str = WHO) -> ReplayRun:
    """Return a process that carries a replay out."""
    return ReplayRun(pipeline.ledger, replay_id, owner)


def run_replay(pipeline: Pipeline, replay_id: str, turns: int = 20) -> tuple[Replay, ReplayCounts]:
    """Send letters and handle them until the replay is not running."""
    run = carrier(pipeline, replay_id)
    for _ in range(turns):
        replay, sums = run.turn()
        if replay.state != "running":
            return replay, sums
        pipeline.drain()
        collect(pipeline)
    return replay, sums


def discard_letters(pipeline: Pipeline, wanted: LetterFilter, why: str = WHY) -> int:
    """Discard letters."""
    return discard(context_of(pipeline), wanted, actor=WHO, reason=why).letters


def sync(pipeline: Pipeline, done: Callable[[DeadLetter], bool]) -> None:
    """Request the import of blocked orders again, which the scheduler spreads over time, until all letters show it."""
    pipeline.run_jobs(retry_blocked)

    def is_done() -> bool:
        pipeline.drain()
        return all(done(letter) for letter in pipeline.letters())

    eventually(is_done, "all blocked orders were asked for again")
