"""crossdock communication-errors: failed calls, listed."""

from contextlib import closing

from operations.communication_errors import LedgerErrorLog
from schemas.communication_errors import CommunicationError
from schemas.settings import read_settings
from tests.cli.conftest import Shell
from workers.process.bootstrap import open_ledger

FAILED = CommunicationError(
    system="commerce", operation="create order", outcome="refused", code="400", sentence="It is refused.",
    store_id="us", amazon_order_id="902-0000001-0000001", request_id="webapi-1",
)  # fmt: skip


def test_failed_calls_are_listed_with_the_other_sides_request_id(shell: Shell) -> None:
    assert shell.ok("communication-errors", "list", "--json").json == []
    with closing(open_ledger(read_settings())) as ledger:
        LedgerErrorLog(ledger).add(FAILED)
    (listed,) = shell.ok("communication-errors", "list", "--system", "commerce", "--json").json
    assert listed.items() >= FAILED.model_dump().items()
    assert listed["at"].endswith("Z")
    assert "webapi-1" in shell.ok("communication-errors", "list", "--order", "902-0000001-0000001").out
    assert shell.ok("communication-errors", "list", "--store", "de", "--json").json == []
