"""Migration 0005: commands in stored blockers become remedies, and commands again on the way back."""

import json

from sqlalchemy import text

from cli.command_line import command_of
from ledger.batches import BatchRecord
from ledger.ledger import Ledger
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from tests.ledger.database.versions import downgrade
from tests.ledger.values import STORE, an_order, an_order_id

OF_ORDER = {"store_id": STORE, "amazon_order_id": an_order_id(1)}
REMEDIES = (
    (
        BlockerKind.PRODUCT_MISSING,
        Remedy(kind=RemedyKind.MATCH_LISTING, params={"store_id": STORE, "seller_sku": "A B"}),
    ),
    (
        BlockerKind.PRODUCT_MISSING,
        Remedy(kind=RemedyKind.MATCH_LISTING, params={"store_id": STORE, "seller_sku": "-A"}),
    ),
    (BlockerKind.PRODUCT_DISABLED, Remedy(kind=RemedyKind.ENABLE_PRODUCT, params={"sku": "KEY"})),
    (BlockerKind.OUT_OF_STOCK, Remedy(kind=RemedyKind.SET_QUANTITY, params={"sku": "KEY"})),
    (BlockerKind.ADDRESS, Remedy(kind=RemedyKind.EDIT_ADDRESS, params=OF_ORDER)),
    (BlockerKind.PERSONAL_DATA, Remedy(kind=RemedyKind.EDIT_ADDRESS, params=OF_ORDER)),
    (BlockerKind.MONEY, Remedy(kind=RemedyKind.EXPLAIN_ORDER, params=OF_ORDER)),
    (BlockerKind.NEVER_PLACED, Remedy(kind=RemedyKind.PUBLISH_EVENTS)),
)


def test_stored_commands_become_their_remedies_and_back(ledger: Ledger) -> None:
    blockers = [Blocker(kind=kind, key="KEY", reason="r", solution="s", remedy=remedy) for kind, remedy in REMEDIES]
    order = an_order(1, blockers=tuple(blockers))
    with ledger.begin() as work:
        work.record("importer", BatchRecord([order], {}))
    downgrade(ledger, "0004")
    with ledger._engine.connect() as connection:
        document = connection.execute(text("SELECT document FROM orders")).scalar_one()
    stored = json.loads(document)["blocked_on"]
    assert [blocker["command"] for blocker in stored] == [command_of(remedy) for _, remedy in REMEDIES]
    assert not [blocker for blocker in stored if "remedy" in blocker]
    ledger.migrate()
    with ledger.read() as work:
        assert work.orders.load([order.key], lock=False) == {order.key: order}
