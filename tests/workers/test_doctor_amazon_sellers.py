"""The doctor about several sellers: each line names its seller, and stores without a seller are named."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.ledger import Ledger
from schemas.settings import Settings
from tests.servers.templates import migrated_sqlite
from tests.workers.served_sellers import TwoSellers, two_sellers
from workers.doctor_amazon import examine_amazon
from workers.process.bootstrap import open_ledger


@pytest.fixture
def sellers(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoSellers]:
    with two_sellers(lambda: datetime.now(UTC), monkeypatch) as served:
        yield served


@pytest.fixture
def settings(sellers: TwoSellers, tmp_path: Path) -> Settings:
    place = {"database_url": migrated_sqlite(tmp_path / "ledger.db"), "vault_key_file": str(tmp_path / "key")}
    return Settings.model_validate(dict(sellers.settings) | place)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with closing(open_ledger(settings)) as opened:
        yield opened


def test_each_seller_has_its_lines_and_one_with_revoked_credentials_fails_alone(
    sellers: TwoSellers, settings: Settings, ledger: Ledger
) -> None:
    sellers.connect_stores(ledger)
    sellers.revoke_acme()
    findings = {subject: (ok, details) for subject, ok, details in examine_amazon(settings)}
    assert [f"amazon {part} ({name})" for name in ("acme", "beta") for part in
            ("access", "stores", "queue", "subscription", "orders", "sweep")] == list(findings)  # fmt: skip
    assert [findings[f"amazon access ({name})"][0] for name in ("acme", "beta")] == [False, True]
    assert "invalid_grant" in findings["amazon access (acme)"][1]
    assert "`crossdock intake amazon subscribe --seller beta`" in findings["amazon subscription (beta)"][1]


def test_the_orders_to_be_fetched_are_counted_for_each_seller(
    sellers: TwoSellers, settings: Settings, ledger: Ledger
) -> None:
    sellers.connect_stores(ledger)
    with ledger.begin() as work:
        work.changed_orders.put({("beta", f"111-0000001-{number:07}"): None for number in range(97)})
    findings = {subject: details for subject, _, details in examine_amazon(settings)}
    assert "97" in findings["amazon orders (beta)"]
    assert "No changed order" in findings["amazon orders (acme)"]


def test_stores_that_no_connected_seller_has_are_reported(
    sellers: TwoSellers, settings: Settings, ledger: Ledger
) -> None:
    sellers.connect_stores(ledger)
    with ledger.begin() as work:
        work.stores.add_missing(["de"])
        acme = work.stores.load(["acme"])["acme"]
        work.stores.save(acme.model_copy(update={"store_id": "fr", "seller": "gamma"}))
    failing = {subject: details for subject, ok, details in examine_amazon(settings) if not ok}
    assert failing["amazon sellers"] == (
        "No connected seller has de, fr (gamma): CROSSDOCK_AMAZON_SELLERS has acme, beta. `crossdock stores set STORE"
        " --seller NAME` says whose a store is."
    )
