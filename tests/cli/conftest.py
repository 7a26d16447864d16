"""A command line in a folder of its own, and consumers that handle the events it publishes."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, groupby
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from cli.app import main
from events.registry import CONSUMERS, NAMES
from gateways.simulator.gateways import SimulatedGateways
from ledger.ledger import Ledger
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.message import Message
from schemas.payloads import OrderPayload, Payload
from schemas.product import Product
from schemas.settings import read_settings
from tests.builders import HOME, STORE_ID, an_item, placed, usd
from tests.cli.terminals import at_terminal
from tests.harness import CONSUMER_OF, add_stores
from tests.servers.templates import migrated_sqlite
from workers.process.bootstrap import open_ledger
from workers.replayer import Replayer


@dataclass(frozen=True)
class Answer:
    """Exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.out)


class Shell:
    """Runs commands in this process, and the consumers on the same database."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def run(self, *words: str, text: str | bytes = "") -> Answer:
        """Run a command with *text* on its standard input."""
        given = text if isinstance(text, bytes) else text.encode()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        captured = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, captured.out, captured.err)

    def ok(self, *words: str, text: str | bytes = "") -> Answer:
        """Run a command that must succeed."""
        answer = self.run(*words, text=text)
        assert answer.code == 0, answer
        return answer

    def at_terminal(self, *words: str, typed: str = "", columns: int = 200) -> tuple[int, str]:
        """Run a command at a terminal, where *typed* was typed ahead; return its exit code and all that was shown."""
        with at_terminal(columns, typed) as terminal, pytest.raises(SystemExit) as ended:
            main(words)
        assert isinstance(ended.value.code, int)
        return ended.value.code, terminal.shown

    def publish(self, *payloads: Payload) -> None:
        """Publish events of stores that exist or are added, and handle them and their follow-ups."""
        self.add_stores(*{payload.store_id for payload in payloads if isinstance(payload, OrderPayload)})
        lines = [f'{{"type":"{NAMES[type(one)]}","data":{one.model_dump_json(exclude_none=True)}}}' for one in payloads]
        self.ok("publish", "-", text="\n".join(lines))
        self.work()

    def add_stores(self, *store_ids: str) -> None:
        """Add the stores that do not exist, without an instant of integration."""
        with closing(open_ledger(read_settings())) as ledger:
            add_stores(ledger, *store_ids)

    def receive(self, consumer: str, *messages: Message) -> None:
        """Let a consumer take messages as from the broker, valid or not; STORE_ID exists."""
        self.add_stores(STORE_ID)
        with closing(open_ledger(read_settings())) as ledger:
            BatchProcessor(consumer, ledger, SimulatedGateways(ledger.documents), Deadlines()).take(list(messages))

    def restock_unannounced(self, sku: str) -> None:
        """Save a product with plenty of stock, publishing nothing: no order is imported by that."""
        with closing(open_ledger(read_settings())) as ledger:
            SimulatedGateways(ledger.documents).commerce.catalog.save([Product(sku=sku, name=sku, quantity=1000)])

    def sell(self, *numbers: int, **facts: Any) -> None:
        """Publish an order that is ready to be imported, of the items with these numbers."""
        items = tuple(an_item(number) for number in numbers or (1,))
        self.publish(placed(**({"status": "Unshipped", "items": items, "shipping_address": HOME} | facts)))

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let relay, replayer and consumers work beside a command, as `crossdock up` does."""
        stop = Event()
        worker = Thread(target=self._work_until, args=(stop,))
        worker.start()
        try:
            yield
        finally:
            stop.set()
            worker.join()

    def _work_until(self, stop: Event) -> None:
        with self.replaying():
            while not stop.wait(0.02):
                self.work()

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """Let the replayer alone work beside a command."""
        stop = Event()
        with closing(open_ledger(read_settings())) as ledger:
            replayer = Thread(target=Replayer(ledger).run, args=(stop,))
            replayer.start()
            try:
                yield
            finally:
                stop.set()
                replayer.join()

    def sell_many(self, count: int, number: int, first: int = 0) -> None:
        """Publish *count* orders of one piece of SKU-*number*, ready to be imported."""
        ids = [f"123-0000000-{first + place:07}" for place in range(count)]
        facts: dict[str, Any] = {"status": "Unshipped", "items": (an_item(number),), "shipping_address": HOME}
        self.publish(*(placed(amazon_order_id=one, **facts) for one in ids))

    def work(self) -> None:
        """Run relay and consumers until nothing is due."""
        ledger = open_ledger(read_settings())
        try:
            while _turn(ledger):
                pass
        finally:
            ledger.close()


def _turn(ledger: Ledger) -> int:
    steps = {name: BatchProcessor(name, ledger, SimulatedGateways(ledger.documents), Deadlines()) for name in CONSUMERS}
    with ledger.begin() as work:
        claimed = work.outbox.claim_due(500, timedelta(minutes=1))
        work.outbox.mark_sent([row.outbox_id for row in claimed])
    queue = [row.message for row in claimed]
    while queue:
        batches = groupby(sorted(queue, key=_consumer_of), _consumer_of)
        follow_ups = [steps[name].take(list(messages)).follow_ups for name, messages in batches if name]
        queue = list(chain.from_iterable(follow_ups))
    return len(claimed)


def _consumer_of(message: Message) -> str:
    """Return the name of the consumer that gets a message, "" if none does."""
    return message.to or CONSUMER_OF.get(message.name, "")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A command line in a folder with nothing but an empty database, with the default settings."""
    migrated_sqlite(tmp_path / "crossdock.db")
    monkeypatch.chdir(tmp_path)
    for name in ("CROSSDOCK_BROKER_URL", "CROSSDOCK_DATABASE_URL", "CROSSDOCK_VAULT_KEY", "CROSSDOCK_VAULT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Shell(capsys, monkeypatch)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def imported(shell: Shell) -> Shell:
    """A shop with one order, imported and not yet shipped."""
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, order_total=usd("10.00"))
    return shell
