"""A replay whose process is killed at any point ends, carried out by another, with the sums of an undisturbed one."""

import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.dead_letters import LetterState
from schemas.product import Product
from schemas.replays import ReplayState
from tests.builders import HOME, an_item, placed
from tests.harness import SOON, VAULT_KEY, event_of, message_of, opened_parts
from tests.letters import FIXED, order_id
from tests.workers.replay_child import POINTS
from workers.process.parts import Parts

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FIXABLE, BLOCKED = range(10), range(10, 14)
UNDISTURBED = "no point"


@pytest.fixture
def parts(vhost_url: str, migrated_database_url: str) -> Iterator[Parts]:
    """RabbitMQ and PostgreSQL with fourteen blocked orders; the product of ten is there by now."""
    with opened_parts(vhost_url, migrated_database_url) as opened:
        orders = [_placed(number, "SKU-1") for number in FIXABLE] + [_placed(number, "SKU-2") for number in BLOCKED]
        outcome = opened.processor("order-placed").take([message_of(event, "order.placed") for event in orders])
        wanted = [message for message in outcome.follow_ups if message.name == "import.requested"]
        opened.processor("importer").take(wanted)
        opened.gateways.commerce.catalog.save([FIXED, Product(sku="SKU-2", name="Test product", enabled=False)])  # type: ignore[attr-defined]
        yield opened


def _placed(number: int, sku: str) -> dict[str, object]:
    item = an_item(seller_sku=sku)
    facts = {"items": (item,), "shipping_address": HOME, "order_total": item.item_price}
    return event_of(placed(amazon_order_id=order_id(number), status="Unshipped", **facts))


def run_child(urls: tuple[str, str], point: str, passing: int, later: int) -> int:
    """Run a replay in a process; return how it ended."""
    environment = os.environ | {
        "CROSSDOCK_BROKER_URL": urls[0],
        "CROSSDOCK_DATABASE_URL": urls[1],
        "CROSSDOCK_VAULT_KEY": b64encode(VAULT_KEY).decode(),
    }
    words = [sys.executable, "-m", "tests.workers.replay_child", point, str(passing), str(later)]
    ended = subprocess.run(words, cwd=ROOT, env=environment, timeout=SOON, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode


CRASHES = [
    *((point, 1) for point in POINTS),
    ("sending before its commit", 2),
    ("the importer before its commit", 2),
    ("the importer after its commit", 2),
]


@pytest.mark.parametrize(("point", "passing"), [(UNDISTURBED, 1), *CRASHES])
def test_a_replay_killed_at(vhost_url: str, migrated_database_url: str, parts: Parts, point: str, passing: int) -> None:
    ended = run_child((vhost_url, migrated_database_url), point, passing, 0)
    assert ended == (0 if point == UNDISTURBED else -signal.SIGKILL)
    if ended:
        assert run_child((vhost_url, migrated_database_url), UNDISTURBED, 1, later=5) == 0
    with parts.ledger.read() as work:
        (replay,) = work.replays.latest()
        sums = work.replays.counts(replay)
        letters = work.dead_letters.latest(limit=100)
        items = work.replays.items(replay.id)
    assert replay.state is ReplayState.FINISHED
    assert (sums.ok, sums.failed_again, sums.sent_total) == (len(FIXABLE), len(BLOCKED), len(items))
    assert Counter(letter.state for letter in letters) == {LetterState.RESOLVED: 10, LetterState.OPEN: 4}
    made = Counter(order.key[1] for order in parts.gateways.commerce.orders() if order.number)  # type: ignore[attr-defined]
    assert made == {order_id(number): 1 for number in FIXABLE}
    assert {letter.attempts for letter in letters if letter.state is LetterState.OPEN} == {2}
