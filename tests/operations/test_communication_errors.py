"""The ledger's log of communication errors, as the gateways write to it."""

from pathlib import Path

from ledger.encryption.cipher import Cipher
from ledger.ledger import Ledger
from operations.communication_errors import LedgerErrorLog
from schemas.communication_errors import CommunicationError
from tests.servers.templates import migrated_sqlite

FAILED = CommunicationError(
    system="amazon", operation="get order", outcome="try_later", code="503", sentence="It answered HTTP 503.",
    amazon_order_id="902-0000001-0000001",
)  # fmt: skip


def test_each_error_is_logged_and_counted(tmp_path: Path) -> None:
    ledger = Ledger.open(migrated_sqlite(tmp_path / "ledger.db"), Cipher.of([bytes(32)]))
    log = LedgerErrorLog(ledger)
    assert [log.add(FAILED) for _ in range(3)] == [1, 2, 3]
    ledger.close()


def test_an_unavailable_ledger_loses_the_entry_and_raises_nothing(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'without-tables.db'}", Cipher.of([bytes(32)]))
    assert LedgerErrorLog(ledger).add(FAILED) == 1
    ledger.close()
