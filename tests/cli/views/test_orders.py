"""CSV of orders: no cell runs as a formula or drives a terminal, in any locale, and amounts stay numbers."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cli.views.orders import write_csv
from operations.orders.models import OrderRow
from schemas.money import Money
from schemas.status import AmazonStatus, Channel, ImportState, Status
from tests.builders import ORDER_ID
from tests.hostile_texts import FORMULAS, STEERING, STEERS

RUNS = re.compile(r"[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]")


def written(text: str) -> str:
    """The CSV of an order with such texts."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    row = OrderRow(
        store_id=text,
        amazon_order_id=ORDER_ID,
        purchase_date=moment,
        last_update_date=moment,
        status=Status.PENDING,
        amazon_status=AmazonStatus.PENDING,
        import_state=ImportState.NOT_DUE,
        fulfillment_channel=Channel.MFN,
        total=Money(currency="USD", amount=Decimal("-5.00")),
        commerce_order=text,
        note=f"{text} and more",
        buyer_cancellation=text,
    )
    file = io.StringIO()
    write_csv([row], file)
    return file.getvalue()


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
@pytest.mark.parametrize("delimiter", ",;|\t")
def test_no_cell_is_a_formula_whatever_delimiter_the_locale_has(text: str, delimiter: str) -> None:
    cells = [cell for row in csv.reader(io.StringIO(written(text)), delimiter=delimiter) for cell in row]
    assert [cell for cell in cells if RUNS.match(cell) and cell != "-5.00"] == []


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_no_cell_drives_a_terminal(text: str) -> None:
    assert not STEERS & set(written(text).replace("\n", ""))


def test_an_amount_stays_a_number() -> None:
    (row,) = csv.DictReader(io.StringIO(written("test-store")))
    assert (row["total_amount"], row["store_id"], row["note"]) == ("-5.00", "test-store", "test-store and more")
