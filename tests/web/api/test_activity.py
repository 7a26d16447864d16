"""The logs of acts and of failed calls, read page by page while they grow."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.communication_errors import LedgerErrorLog
from operations.personal_data.looks import record_order_look
from schemas.communication_errors import CommunicationError


def grow(app: FastAPI, number: int) -> None:
    """Add a look, which is an entry of the audit log, and a failed call."""
    ledger = app.state.context.ledger
    with ledger.begin() as work:
        record_order_look(work, ("test-store", f"order-{number}"), "ann", "the address")
    LedgerErrorLog(ledger).add(
        CommunicationError(
            system="amazon", operation="look", outcome="try_later", code="503", sentence="Away.", request_id=str(number)
        )
    )


@pytest.mark.parametrize("log", ["audit?action=personal_data.look&", "personal-data-looks?", "communication-errors?"])
def test_a_log_is_read_once_from_the_latest_however_it_grows_meanwhile(app: FastAPI, api: TestClient, log: str) -> None:
    for number in range(5):
        grow(app, number)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"/api/v1/{log}limit=2&cursor={cursor}").json()
        found += [row.get("request_id") or row["subject"].split("order-")[1] for row in page["items"]]
        cursor = page["next_cursor"]
        grow(app, 99)
    assert found == ["4", "3", "2", "1", "0"]
    assert "position" not in page["items"][0]
    assert api.get(f"/api/v1/{log}cursor=nonsense").status_code == 422
