"""The order creation matrix, cell by cell, against the documented table written out by hand."""

import pytest

from handlers.rules.creation_matrix import Cell, cell, cell_without_inventory_management
from handlers.rules.order_state import may_import
from schemas.status import Channel, Status, StockState
from tests.builders import a_store, an_order

STATUSES = ("Pending", "PendingAvailability", "Canceled", "Error", "Unshipped", "PartiallyShipped", "Shipped")

WITH_INVENTORY_MANAGEMENT = """
AFN in_stock      No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
AFN out_of_stock  No/No   No/No   No/No   No/No   No/No   No/No   No/No
AFN not_managed   No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
MFN in_stock      No/No   No/No   No/No   No/No   Yes/Yes Yes/Yes Yes/Yes
MFN out_of_stock  No/No   No/No   No/No   No/No   No/No   No/No   No/No
MFN not_managed   No/No   No/No   No/No   No/No   Yes/Yes Yes/Yes Yes/Yes
"""
"""Create the Commerce order / reserve inventory, in the order of `STATUSES`."""

RESERVING = """
AFN in_stock      No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
AFN out_of_stock  No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
AFN not_managed   No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
MFN in_stock      No/Yes  No/No   No/No   No/No   Yes/Yes Yes/Yes Yes/Yes
MFN out_of_stock  No/Yes  No/No   No/No   No/No   Yes/Yes Yes/Yes Yes/Yes
MFN not_managed   No/Yes  No/No   No/No   No/No   Yes/Yes Yes/Yes Yes/Yes
"""
"""Without Inventory Management, with the setting "Reserve Quantity"."""

NOT_RESERVING = """
AFN in_stock      No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
AFN out_of_stock  No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
AFN not_managed   No/No   No/No   No/No   No/No   No/No   No/No   Yes/No
MFN in_stock      No/No   No/No   No/No   No/No   Yes/No  Yes/No  Yes/No
MFN out_of_stock  No/No   No/No   No/No   No/No   Yes/No  Yes/No  Yes/No
MFN not_managed   No/No   No/No   No/No   No/No   Yes/No  Yes/No  Yes/No
"""
"""Without Inventory Management, with the setting "Do Not Reserve Quantity"."""

Row = tuple[Channel, StockState, Status, Cell]


def cells(table: str) -> list[Row]:
    """Read a table, 42 cells."""
    rows = []
    for line in table.strip().splitlines():
        channel, stock, *columns = line.split()
        for status, column in zip(STATUSES, columns, strict=True):
            create, reserve = (word == "Yes" for word in column.split("/"))
            rows.append((Channel(channel), StockState(stock), Status(status), Cell(create, reserve)))
    assert len(rows) == 42
    return rows


@pytest.mark.parametrize(("channel", "stock", "status", "expected"), cells(WITH_INVENTORY_MANAGEMENT))
def test_a_cell_with_inventory_management(channel: Channel, stock: StockState, status: Status, expected: Cell) -> None:
    assert cell(channel, stock, status) == expected


@pytest.mark.parametrize("reserve_quantity", [True, False])
@pytest.mark.parametrize("index", range(42))
def test_a_cell_without_inventory_management(index: int, reserve_quantity: bool) -> None:
    channel, _, status, expected = cells(RESERVING if reserve_quantity else NOT_RESERVING)[index]
    assert cell_without_inventory_management(channel, status, reserve_quantity=reserve_quantity) == expected


def test_the_tables_have_the_documented_number_of_cells_that_create_and_reserve() -> None:
    def count(table: str) -> tuple[int, int]:
        rows = [expected for *_, expected in cells(table)]
        return sum(expected.create for expected in rows), sum(expected.reserve for expected in rows)

    assert count(WITH_INVENTORY_MANAGEMENT) == (8, 6)
    assert count(RESERVING) == (12, 12)
    assert count(NOT_RESERVING) == (12, 0)


@pytest.mark.parametrize("managed", [True, False])
@pytest.mark.parametrize("status", ["Unfulfillable", "InvoiceUnconfirmed"])
@pytest.mark.parametrize("channel", Channel)
def test_statuses_missing_in_the_matrix_create_nothing(channel: Channel, status: str, managed: bool) -> None:
    store = a_store(inventory_management=managed, reserve_quantity=True)
    assert not may_import(an_order(status, fulfillment_channel=channel), store)
