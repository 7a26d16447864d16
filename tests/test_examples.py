"""The example scripts: they import nothing of ours, and their events are parsed with all fields."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from events.bus import Bus, Subscription
from events.envelope import Event, decode
from events.open_bus import open_bus
from events.topology import TOPOLOGY
from schemas.payloads import OrderPlaced, StatusChanged
from schemas.status import AmazonStatus

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
CLIENTS = {"publish_with_kombu.py": "kombu", "publish_with_pika.py": "pika"}
SECONDS = 60.0


@pytest.fixture
def bus(vhost_url: str) -> Iterator[Bus]:
    """A bus on a virtual host where every queue is declared."""
    with closing(open_bus(vhost_url, "crossdock test")) as opened:
        opened.declare(TOPOLOGY)
        yield opened


def _run(script: Path, url: str, cwd: Path) -> None:
    command = [sys.executable, str(script), url]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=150, check=False)
    assert result.returncode == 0, result.stderr


def _first(subscription: Subscription) -> Event:
    (delivery,) = subscription.receive(1, SECONDS)
    assert delivery.message.name == decode(delivery.message).name
    return decode(delivery.message)


def _imports(script: str) -> set[str]:
    nodes = list(ast.walk(ast.parse((EXAMPLES / script).read_text())))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module).split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(CLIENTS)


@pytest.mark.parametrize("script", CLIENTS)
def test_an_example_imports_its_client_and_the_standard_library_only(script: str) -> None:
    assert _imports(script) - sys.stdlib_module_names == {CLIENTS[script]}


@pytest.mark.broker
@pytest.mark.parametrize("script", CLIENTS)
def test_an_order_published_by_an_example_reaches_its_consumers(
    bus: Bus, vhost_url: str, tmp_path: Path, script: str
) -> None:
    _run(EXAMPLES / script, vhost_url, tmp_path)
    _assert_both_events_are_complete(bus)


@pytest.mark.broker
@pytest.mark.parametrize("client", CLIENTS.values())
def test_an_order_published_as_the_readme_shows_reaches_its_consumers(
    bus: Bus, vhost_url: str, tmp_path: Path, client: str
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    (publishing,) = [block for block in blocks if client in block]
    script = tmp_path / "readme.py"
    script.write_text(re.sub(r'url = ".*"', f'url = "{vhost_url}"', blocks[0]) + publishing)
    _run(script, vhost_url, tmp_path)
    _assert_both_events_are_complete(bus)


def _assert_both_events_are_complete(bus: Bus) -> None:
    placed = _first(bus.subscribe("order-placed", 10)).payload
    changed = _first(bus.subscribe("status-changed", 10)).payload
    assert isinstance(placed, OrderPlaced)
    assert isinstance(changed, StatusChanged)
    assert placed.amazon_order_id == changed.amazon_order_id
    assert (placed.status, changed.status) == (AmazonStatus.PENDING, AmazonStatus.UNSHIPPED)
    assert str(placed.order_total) == "26.57 USD"
    assert [str(item.item_price) for item in placed.items] == ["19.98 USD"]
    assert changed.buyer is not None
    assert changed.buyer.email == "buyer@example.com"
    assert changed.shipping_address is not None
    assert changed.shipping_address.line1 == "1 Example Street"
    assert bus.message_count("crossdock.unrouted") == 0


@pytest.mark.broker
@pytest.mark.parametrize("script", CLIENTS)
def test_an_example_run_twice_publishes_the_same_two_events(
    bus: Bus, vhost_url: str, tmp_path: Path, script: str
) -> None:
    _run(EXAMPLES / script, vhost_url, tmp_path)
    _run(EXAMPLES / script, vhost_url, tmp_path)
    subscription = bus.subscribe("order-placed", 10)
    assert _first(subscription).key == _first(subscription).key


def test_the_examples_publish_different_orders() -> None:
    texts = [(EXAMPLES / script).read_text() for script in CLIENTS]
    orders = {line for text in texts for line in text.splitlines() if line.startswith("ORDER_ID = ")}
    assert len(orders) == len(CLIENTS)
