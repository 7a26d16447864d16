"""The console with a demo's orders, and the addresses of its pages: for screenshots, and for tests of every page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

from operations.communication_errors import LedgerErrorLog
from operations.context import Context
from operations.monitoring.pipeline import PipelineReader
from operations.monitoring.queues import QueueWatch
from operations.people.api_tokens import create_token
from operations.replays.control import start
from operations.replays.dry_run import plan
from operations.store_changes import change_store
from schemas.communication_errors import CommunicationError
from schemas.dead_letters import LetterFilter
from schemas.people import Permission, Role
from schemas.replays import ReplayPace
from schemas.settings import Settings
from schemas.status import ImportState
from tests.web.people import add_person
from web.app import create_app
from web.server import serving
from workers.demo import Demo, demo_parts
from workers.process.bootstrap import context_of
from workers.process.parts import Parts
from workers.process_reporter import ProcessReporter
from workers.runner import all_loops, run_loops

ORDERS = 60


@dataclass(frozen=True)
class DemoConsole:
    """A served console: its address, the operations behind it, and each page's path by its name."""

    address: str
    context: Context
    paths: Mapping[str, str]


@contextmanager
def demo_console(seed: int = 1) -> Iterator[DemoConsole]:
    """Serve the console with the orders of a demo, two people, a token, a replay and failed calls."""
    with demo_parts() as parts:
        demo = Demo(parts, ORDERS, seed)
        demo.run(lambda _published, _total: None)
        demo.close()
        context = context_of(parts.settings, parts.ledger)
        app = create_app(context)
        queues = QueueWatch(parts.bus)
        app.state.pipeline = PipelineReader(parts.ledger, queues)
        settings = Settings.model_construct(**{**Settings().model_dump(), "console_port": 0})
        with serving(app, settings) as address, _at_work(parts):
            yield DemoConsole(address, context, _fill(context, demo))
        queues.close()


@contextmanager
def _at_work(parts: Parts) -> Iterator[None]:
    """Run all loops, so that people's actions have their effect."""
    stop = Event()
    running = all_loops(parts)
    reporter = ProcessReporter(parts.settings, parts.ledger, "crossdock demo", parts.bus, running)
    loops = Thread(target=run_loops, args=({**running, "reporter": reporter}, stop))
    loops.start()
    try:
        yield
    finally:
        stop.set()
        loops.join()


def _fill(context: Context, demo: Demo) -> dict[str, str]:
    """Let people and failures leave their traces; return the pages by name."""
    for role in Role:
        add_person(context, role)
    create_token(context, "staff", "Nightly report", {Permission.READ}, lasts=timedelta(days=90), actor="admin")
    store = demo.world.stores[0]
    change_store(context, store.store_id, {"reserve_quantity": True}, actor="operator")
    blocked = next(order for order in demo.orders() if order.import_state is ImportState.BLOCKED)
    completed = next(order for order in demo.orders() if order.import_state is ImportState.COMPLETED)
    LedgerErrorLog(context.ledger).add(
        CommunicationError(
            system="commerce",
            operation="create_order",
            outcome="refused",
            code="400",
            sentence="Commerce refused the call: the requested quantity is not available.",
            store_id=blocked.store_id,
            amazon_order_id=blocked.amazon_order_id,
            request_id="a-request-of-the-demo",
        )
    )
    letters = LetterFilter(amazon_order_id=blocked.amazon_order_id)
    dry_run = plan(context, letters)
    replay = start(
        context, letters, dry_run.token, pace=ReplayPace(rate=1.0), actor="operator", reason="The product is back."
    )
    with context.ledger.read() as work:
        letter = work.dead_letters.latest(LetterFilter())[-1]
    return {
        "sign-in": "/sign-in",
        "not-found": "/nowhere",
        "home": "/",
        "store": f"/stores/{store.store_id}",
        "orders": "/orders",
        **_pages_of_orders(completed.amazon_order_id, blocked.amazon_order_id),
        "dead-letters": "/dead-letters",
        "dead-letter": f"/dead-letters/{letter.id}",
        "dead-letter-list": "/dead-letters/list?state=resolved",
        "dry-run": "/replays/new",
        "replays": "/replays",
        "replay": f"/replays/{replay.replay_id}",
        "products": "/products",
        "settings": "/settings",
        "store-settings": f"/settings/orders?store={store.store_id}",
        "communication-errors": "/communication-errors",
        "pipeline": "/pipeline",
        "activity": "/activity",
        "people": "/people",
    }


def _pages_of_orders(completed: str, blocked: str) -> dict[str, str]:
    return {
        "order": f"/orders/{completed}",
        "order-items": f"/orders/{completed}?tab=items",
        "order-tracking": f"/orders/{completed}?tab=tracking",
        "order-timeline": f"/orders/{completed}?tab=timeline",
        "order-blocked": f"/orders/{blocked}",
        "order-address": f"/orders/{blocked}?personal=1",
    }
