"""Crossdock connected to a served shop by its settings: an order is imported, shipped and completed there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateways.simulator.rest.server import RestServer
from gateways.simulator.serving import served
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from operations.simulator import SimulatorOptions, open_commerce, settings_for
from pipeline.deadlines import Deadlines
from pipeline.processor import BatchProcessor
from schemas.errors import SettingsError
from schemas.message import Message
from schemas.payloads import CompletionRequested, ImportRequested
from schemas.product import Product
from schemas.settings import Settings, read_settings
from tests.builders import HOME, KEY, a_report, a_store, shipped
from tests.pipeline.test_processor import message, order_of
from tests.servers.templates import migrated_sqlite
from workers.process.bootstrap import opened_systems

SECRETS = ("CONSUMER_SECRET", "ACCESS_TOKEN_SECRET")


@pytest.fixture
def server() -> RestServer:
    return open_commerce(SimulatorOptions())


@pytest.fixture
def settings(server: RestServer, tmp_path: Path) -> Iterator[Settings]:
    """Settings that connect to the served shop; two secrets are files."""
    with served(server) as url:
        environment = settings_for(server, 0) | {"CROSSDOCK_COMMERCE_URL": url}
        for name in SECRETS:
            file = tmp_path / name
            file.write_text(environment.pop(f"CROSSDOCK_COMMERCE_{name}"))
            environment[f"CROSSDOCK_COMMERCE_{name}_FILE"] = str(file)
        yield read_settings(environment)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger.open(migrated_sqlite(tmp_path / "ledger.db"), Cipher.of([bytes(32)]))) as opened:
        with opened.begin() as work:
            work.stores.save(a_store())
        yield opened


def test_an_order_is_imported_shipped_and_completed_in_the_shop(
    server: RestServer, settings: Settings, ledger: Ledger
) -> None:
    with opened_systems(settings, ledger) as systems:
        systems.catalog.save([Product(sku="SKU-1", name="Thing", quantity=5)])

        def take(consumer: str, event: Message) -> None:
            BatchProcessor(consumer, ledger, systems.gateways, Deadlines()).take([event])

        address = HOME.model_copy(update={"phone": "5550100"})
        take("status-changed", message(a_report("Unshipped", shipping_address=address)))
        take("importer", message(ImportRequested(**KEY)))
        (made,) = server.shop.orders.values()
        assert (made["state"], made["ext_order_id"]) == ("processing", KEY["amazon_order_id"])
        assert server.shop.salable(server.shop.products["SKU-1"]) == 4
        take("commerce-shipped", message(shipped()))
        take("completer", message(CompletionRequested(**KEY)))
    assert made["state"] == "complete"
    order = order_of(ledger)
    assert order is not None
    assert order.commerce_order
    assert (order.commerce_order.number, order.status) == (made["increment_id"], "Completed")


def test_missing_credentials_are_named(settings: Settings, ledger: Ledger) -> None:
    changed = settings.model_copy(update={"commerce_access_token": None})
    with (
        pytest.raises(SettingsError, match="CROSSDOCK_COMMERCE_ACCESS_TOKEN is missing"),
        opened_systems(changed, ledger),
    ):
        pass


def test_carts_need_a_mailbox_of_the_shop(settings: Settings, ledger: Ledger) -> None:
    changed = settings.model_copy(update={"commerce_mailbox": None})
    with pytest.raises(SettingsError, match="CROSSDOCK_COMMERCE_MAILBOX"), opened_systems(changed, ledger):
        pass


def test_without_a_url_commerce_is_simulated(ledger: Ledger) -> None:
    with opened_systems(Settings(), ledger) as systems:
        systems.catalog.save([Product(sku="SKU-1", name="Thing", quantity=5)])
        assert systems.catalog.find(["SKU-1"])
