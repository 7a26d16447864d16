"""Migration 0004: orders whose letter was discarded before orders could be are discarded themselves."""

from dataclasses import replace
from datetime import timedelta

from ledger.batches import BatchRecord
from ledger.dead_letters.letter_rows import letter_id
from ledger.ledger import Ledger
from schemas.audit import AuditEntry
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from schemas.dead_letters import blocked_identity
from schemas.order import Discarded, OrderKey
from schemas.status import AmazonStatus, ImportState, Status
from tests.ledger.database.versions import downgrade
from tests.ledger.values import NOON, STORE, a_letter, an_order, an_order_id

REMEDY = Remedy(kind=RemedyKind.EDIT_ADDRESS, params={"store_id": STORE, "amazon_order_id": an_order_id(1)})
BLOCKER = Blocker(kind=BlockerKind.ADDRESS, key="x", reason="r", solution="s", remedy=REMEDY, wake_keys=("order:x",))


def block(ledger: Ledger, number: int, **more: object) -> OrderKey:
    """Write a blocked order as every version does: with its letter and its wake keys."""
    facts = {"blockers": (BLOCKER,), "import_state": ImportState.BLOCKED, "status": Status.ERROR}
    order = an_order(number, amazon_status=AmazonStatus.UNSHIPPED, **facts, **more)
    letter = replace(a_letter(f"m{number}", BLOCKER.cause), identity=blocked_identity(order.key), order=order.key)
    with ledger.begin() as work:
        work.record("importer", BatchRecord([order], {}))
        work.dead_letters.save(
            [replace(letter, identity=blocked_identity(order.key), order=order.key, message_key=None)]
        )
        work.wake_ups.replace_keys({order.key: ("order:x",)})
    return order.key


def discard_as_before(ledger: Ledger, order: OrderKey, why: str = "") -> None:
    """Discard the letter and leave the order alone; without a reason, as one of many."""
    letter = letter_id(blocked_identity(order))
    with ledger.begin() as work:
        work.letter_actions.discard([letter])
        work.audit_log.write(
            AuditEntry(
                at=NOON,
                who="Test Operator",
                action="letter.discard",
                subject=letter if why else "9 letters",
                why=why,
                details={},
            )
        )


def migrate_from(ledger: Ledger, version: str) -> None:
    """Bring the tables back to an earlier version, and then forward again."""
    downgrade(ledger, version)
    ledger.migrate()


def test_an_order_whose_letter_was_discarded_is_discarded_and_others_stay_blocked(ledger: Ledger) -> None:
    one, of_many, still_blocked = (block(ledger, number) for number in range(3))
    discard_as_before(ledger, one, "sold elsewhere")
    discard_as_before(ledger, of_many)
    migrate_from(ledger, "0003")
    with ledger.read() as work:
        orders = work.orders.load([one, of_many, still_blocked], lock=False)
        assert [order.key for order in work.orders.blocked(None, 10)] == [still_blocked]
        assert list(work.wake_ups.waiting_for(["order:x"])) == [still_blocked]
        assert work.orders.counts() == {
            "status": {"Error": 1, "Unshipped": 2},
            "import_state": {"blocked": 1, "view_only": 2},
        }
    assert orders[one].discarded == Discarded(who="Test Operator", at=NOON, why="sold elsewhere")
    assert (orders[one].import_state, orders[one].blockers) == (ImportState.VIEW_ONLY, ())
    assert str(orders[of_many].discarded).startswith("discarded by somebody at 2026-11-02T12:00:00Z (with others; see")
    assert orders[still_blocked].discarded is None


def test_the_release_of_a_discarded_orders_stock_is_requested(ledger: Ledger) -> None:
    holding, bare = block(ledger, 1, stock_reserved=True), block(ledger, 2)
    discard_as_before(ledger, holding)
    discard_as_before(ledger, bare)
    migrate_from(ledger, "0003")
    with ledger.read() as work:
        waiting = work.orders.stale(work.now + timedelta(minutes=1), None, 10)
    assert [order.key for order in waiting] == [holding]
