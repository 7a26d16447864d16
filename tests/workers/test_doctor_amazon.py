"""The doctor about Amazon: one line for each part, and what to do."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.ledger import Ledger
from schemas.settings import Settings
from schemas.store import Store
from tests.gateways.amazon.sp_api.amazon import Amazon
from tests.gateways.http.server import answer, serving
from tests.servers.templates import migrated_sqlite
from tests.sqs import Queue
from tests.workers.intake import SELLER, a_notification, amazon_settings
from workers.doctor_amazon import examine_amazon
from workers.process.bootstrap import open_ledger


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    with serving() as server:
        yield Amazon(server)


@pytest.fixture
def settings(amazon: Amazon, sqs: Any, tmp_path: Path) -> Settings:
    queue = Queue(sqs)
    queue.send(a_notification("111-0000001-0000001"))
    files = {"database_url": migrated_sqlite(tmp_path / "ledger.db"), "vault_key_file": str(tmp_path / "key")}
    return Settings.model_validate(dict(amazon_settings(amazon.server.url, queue.url)) | files)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    with closing(open_ledger(settings)) as opened:
        yield opened


def test_a_connected_seller_is_in_order_and_the_time_of_the_backlog_is_shown(
    settings: Settings, ledger: Ledger
) -> None:
    with ledger.begin() as work:
        work.stores.save(Store(store_id="us", name="us", marketplace_id="ATVPDKIKX0DER"))
        work.changed_orders.put({("us", f"111-0000001-{number:07}"): None for number in range(97)})
    findings = list(examine_amazon(settings))
    assert [(subject, ok) for subject, ok, _ in findings] == [
        ("amazon access", True),
        ("amazon stores", True),
        ("amazon queue", True),
        ("amazon subscription", False),
        ("amazon orders", True),
        ("amazon sweep", True),
    ]
    assert "about 1." in findings[2][2]
    assert "does not name Amazon's account" in findings[3][2]
    assert "97" in findings[4][2]
    assert "0:03:20" in findings[4][2]
    assert "No search" in findings[5][2]


def test_a_sweep_that_is_late_is_reported(settings: Settings, ledger: Ledger) -> None:
    with ledger.begin() as work:
        sweep = work.order_sweeps.claim(SELLER, timedelta(days=1), timedelta(hours=2), timedelta(0))
        assert sweep
        work.order_sweeps.finish(sweep, timedelta(0))
    ((_, ok, details),) = (finding for finding in examine_amazon(settings) if finding[0] == "amazon sweep")
    assert not ok
    assert "were not searched for" in details


def test_refused_credentials_a_store_without_marketplace_and_a_missing_queue_are_reported(
    amazon: Amazon, settings: Settings, ledger: Ledger
) -> None:
    denied = '{"errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied."}]}'
    amazon.answers["000-0000000-0000000"] = answer(403, denied)
    with ledger.begin() as work:
        work.stores.add_missing(["us", "de"])
    wrong = settings.model_copy(update={"amazon_queue_url": f"{settings.amazon_queue_url}-missing"})
    failing = {subject: details for subject, ok, details in examine_amazon(wrong) if not ok}
    assert list(failing) == ["amazon access", "amazon stores", "amazon queue", "amazon subscription"]
    assert "Access to requested resource is denied" in failing["amazon access"]


def test_without_a_seller_amazon_is_simulated() -> None:
    ((subject, ok, details),) = examine_amazon(Settings())
    assert (subject, ok) == ("amazon", True)
    assert "simulated" in details
