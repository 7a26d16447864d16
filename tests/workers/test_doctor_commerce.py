"""The doctor about Commerce: one line for each part, and what to do."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateways.simulator.rest.server import RestServer
from gateways.simulator.serving import served
from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from operations.simulator import SimulatorOptions, open_commerce, settings_for
from schemas.settings import Settings, read_settings
from schemas.store import OrderNumberSource
from tests.builders import a_store
from tests.servers.templates import migrated_sqlite
from workers.doctor_commerce import examine_commerce


@pytest.fixture
def server() -> RestServer:
    return open_commerce(SimulatorOptions())


@pytest.fixture
def settings(server: RestServer, tmp_path: Path) -> Iterator[Settings]:
    with served(server) as url:
        database = {"CROSSDOCK_DATABASE_URL": migrated_sqlite(tmp_path / "ledger.db")}
        key = {"CROSSDOCK_VAULT_KEY_FILE": str(tmp_path / "crossdock.key")}
        settings = read_settings(settings_for(server, 0) | database | key | {"CROSSDOCK_COMMERCE_URL": url})
        look_for_shipments(settings, timedelta(0))
        yield settings


def look_for_shipments(settings: Settings, ago: timedelta) -> None:
    """Record that somebody looked for shipments."""
    url = settings.database_url.get_secret_value()
    with closing(Ledger.open(url, Cipher.of([bytes(32)]))) as ledger, ledger.begin() as work:
        work.schedules.record_run("commerce shipments", work.now - ago)


def failures(settings: Settings, **changes: Any) -> dict[str, str]:
    """Return the doctor's objections by subject."""
    return {
        subject: details for subject, ok, details in examine_commerce(settings.model_copy(update=changes)) if not ok
    }


def add_store(settings: Settings, **order_settings: Any) -> None:
    url = settings.database_url.get_secret_value()
    with closing(Ledger.open(url, Cipher.of([bytes(32)]))) as ledger, ledger.begin() as work:
        work.stores.save(a_store(**order_settings))


def test_a_connected_shop_is_in_order(settings: Settings) -> None:
    add_store(settings)
    findings = list(examine_commerce(settings))
    assert [subject for subject, _, _ in findings] == [
        "commerce access",
        "commerce website",
        "commerce store views",
        "commerce stock",
        "commerce shipments",
    ]
    assert failures(settings) == {}


def test_without_a_shop_commerce_is_simulated() -> None:
    assert [(subject, ok) for subject, ok, _ in examine_commerce(Settings())] == [("commerce", True)]


def _lose_a_right(server: RestServer) -> None:
    server.missing_rights.add("Magento_Sales::shipment")


def _revoke(server: RestServer) -> None:
    server.consumer.token_secret = "another"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(_lose_a_right, "Magento_Sales::shipment"), (_revoke, "The signature is invalid")],
)
def test_credentials_and_rights_that_are_not_enough_are_named(
    server: RestServer, settings: Settings, spoil: Callable[[RestServer], None], words: str
) -> None:
    spoil(server)
    assert words in failures(settings)["commerce access"]


def test_an_unreachable_shop_and_missing_settings_are_named(settings: Settings) -> None:
    assert "took no connection" in failures(settings, commerce_url="http://127.0.0.1:9")["commerce access"]
    assert "COMMERCE_MAILBOX" in failures(settings, commerce_mailbox=None)["commerce"]


def test_a_website_without_a_stock_is_named(settings: Settings) -> None:
    assert "No linked stock found" in failures(settings, commerce_website="nope")["commerce website"]


def test_a_store_view_that_does_not_exist_is_named(settings: Settings) -> None:
    add_store(settings, commerce_store_view="german")
    assert failures(settings)["commerce store views"] == (
        "The store view of test-store does not exist; the shop has admin, default."
    )


def test_a_stock_mode_that_a_store_or_the_shop_cannot_have_is_named(settings: Settings) -> None:
    add_store(settings, order_number_source=OrderNumberSource.AMAZON)
    assert "test-store numbers orders by Amazon's id" in failures(settings)["commerce stock"]
    assert failures(settings, commerce_stock="repair") == {}


def test_that_the_shop_has_no_module_is_named_and_the_question_creates_nothing(
    server: RestServer, settings: Settings
) -> None:
    assert "no module at /V1/crossdock/orders" in failures(settings, commerce_stock="module")["commerce stock"]
    server.shop.has_module = True
    assert failures(settings, commerce_stock="module") == {}
    assert server.shop.orders == {}
    elsewhere = failures(settings, commerce_stock="module", commerce_module_path="/V1/acme/orders")
    assert "no module at /V1/acme/orders" in elsewhere["commerce stock"]


def test_a_mode_that_the_cloud_service_cannot_have_is_named(server: RestServer, settings: Settings) -> None:
    server.shop.has_module = True
    secret = SecretStr("simulated")
    ims: dict[str, Any] = {"commerce_ims_organization": "example@AdobeOrg", "commerce_ims_url": settings.commerce_url}
    ims |= {"commerce_ims_client_id": secret, "commerce_ims_client_secret": secret}
    for mode, lacking in (("repair", "no shell"), ("module", "no modules of a shop's own")):
        assert lacking in failures(settings, commerce_stock=mode, **ims)["commerce stock"]


def test_a_clock_that_differs_is_named(server: RestServer, settings: Settings) -> None:
    server.shop.clock = lambda: datetime.now(UTC) - timedelta(minutes=20)
    assert "clock and the shop's differ by 12" in failures(settings)["commerce access"]


def test_that_nobody_looks_for_shipments_is_named(settings: Settings) -> None:
    look_for_shipments(settings, timedelta(minutes=10))
    assert "run `crossdock intake commerce`" in failures(settings)["commerce shipments"]
