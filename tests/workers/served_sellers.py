"""Two sellers at a served Amazon, `acme` and `beta`, whose stores are in one marketplace, for a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from gateways.simulator.serving import served
from gateways.simulator.sp_api.account import Account
from gateways.simulator.sp_api.server import AmazonServer
from ledger.ledger import Ledger
from operations.simulator import amazon_settings_for
from schemas.settings import Settings, read_settings
from schemas.store import Store
from tests.gateways.simulator.sp_api.accounts import US

SELLERS = ("acme", "beta")
IDS = ("A1SIMULATEDSELLER", "A2SIMULATEDSELLER")


@dataclass(frozen=True, slots=True)
class TwoSellers:
    """The served Amazon, and the settings that connect both sellers."""

    server: AmazonServer
    settings: Settings

    @property
    def acme(self) -> Account:
        """The account of the first seller."""
        return self.server.accounts[IDS[0]]

    @property
    def beta(self) -> Account:
        """The account of the second seller."""
        return self.server.accounts[IDS[1]]

    def revoke_acme(self) -> None:
        """Have Amazon refuse the first seller's credentials."""
        self.server.sign_in.revoked_sellers.add(IDS[0])

    def connect_stores(self, ledger: Ledger) -> None:
        """Add the store of each seller; its id is the seller's name."""
        with ledger.begin() as work:
            for name in SELLERS:
                work.stores.save(Store(store_id=name, name=name, marketplace_id=US, seller=name))


@contextmanager
def two_sellers(clock: Callable[[], datetime], environment: pytest.MonkeyPatch, **changes: str) -> Iterator[TwoSellers]:
    """Serve an Amazon with two sellers until the end of the block, and direct boto3 to its queue."""
    server = AmazonServer(clock=clock, seller_ids=IDS)
    with served(server) as url:
        server.url = url
        values = amazon_settings_for(server, int(url.rpartition(":")[2]), SELLERS) | changes
        for name in (name for name in values if name.startswith("AWS_")):
            environment.setenv(name, values[name])
        yield TwoSellers(server, read_settings(values))
    assert not server.violations
