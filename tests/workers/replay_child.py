"""A replay in a process of its own, which kills itself at a named point: `replay_child POINT PASSING LATER`.

It starts a replay; replayer, relay and importer take turns until it ends. `CROSSDOCK_…` variables name the servers.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from events.open_bus import open_bus
from events.rabbitmq.subscription import RabbitSubscription
from gateways.simulator.gateways import SimulatedGateways
from ledger.dead_letters.replays import Replays
from ledger.encryption.cipher import Cipher
from ledger.encryption.key_file import keys_from_setting
from ledger.ledger import Ledger
from ledger.messages.outbox import Outbox
from operations.context import Context
from operations.replays import control
from operations.replays.dry_run import plan
from pipeline.processor import BatchProcessor
from schemas.dead_letters import LetterFilter
from schemas.replays import ReplayPace
from schemas.settings import read_settings
from workers.consumer import Consumer
from workers.process.parts import Parts
from workers.relay import Relay
from workers.replayer import Replayer, ReplayRun

PACE = ReplayPace(rate=1_000_000.0, ramp=True, stop_share=1.0)
BEFORE, AFTER = "before", "after"

POINTS: Mapping[str, tuple[object, str, str]] = {
    "start before its commit": (Replays, "start", AFTER),
    "start after its commit": (control, "start", AFTER),
    "sending before its commit": (Replays, "mark_sent", AFTER),
    "sending after its commit": (ReplayRun, "turn", AFTER),
    "the relay before it publishes": (Outbox, "claim_due", AFTER),
    "the relay before it notes what it sent": (Outbox, "mark_sent", BEFORE),
    "the importer before its commit": (Replays, "record_outcomes", AFTER),
    "the importer after its commit": (BatchProcessor, "_finish", AFTER),
    "the importer before its acknowledgement": (RabbitSubscription, "ack", BEFORE),
}
"""Each point: the passed call, and whether the process dies before or after it."""


def arm(point: str, passing: int) -> None:
    """Die at the given passing of a point."""
    owner, name, when = POINTS[point]
    original: Callable[..., Any] = getattr(owner, name)
    left = passing

    def passed(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= _counts(given)
        if left == 0 and when == BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*given, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, passed)


def _counts(given: tuple[Any, ...]) -> int:
    """Return 1 for a passing that does something: not with an empty list."""
    return int(not (isinstance(given[-1], list) and not given[-1]))


def main(point: str, passing: str, later: str) -> None:
    """Carry the replay on until it ends, or until this process does."""
    settings = read_settings()
    assert settings.vault_key is not None
    cipher = Cipher.of(keys_from_setting(settings.vault_key.get_secret_value()))
    url = settings.database_url.get_secret_value()
    ledger = Ledger.open(url, cipher, lambda: datetime.now(UTC) + timedelta(minutes=float(later)))
    bus = open_bus(settings.broker_url.get_secret_value(), "crossdock replay test")
    parts = Parts(settings, ledger, bus, SimulatedGateways(ledger.documents))
    if point in POINTS:
        arm(point, int(passing))
    _ensure_started(parts)
    replayer, relay = Replayer(ledger), Relay(ledger, bus)
    importer = Consumer(parts.processor("importer"), bus, 3, 10)
    while replayer.turn():
        relay.turn()
        while importer.turn(Event(), 0.05):
            pass
    importer.close()
    bus.close()
    ledger.close()


def _ensure_started(parts: Parts) -> None:
    """Start the replay, unless a process that was killed has."""
    with parts.ledger.read() as work:
        if work.replays.latest():
            return
    gateways = SimulatedGateways(parts.ledger.documents)
    context = Context(parts.settings, parts.ledger, gateways, gateways.commerce.catalog)
    token = plan(context, LetterFilter(), PACE).token
    control.start(context, LetterFilter(), token, pace=PACE, actor="test", reason="A test.")


if __name__ == "__main__":
    main(*sys.argv[1:])
