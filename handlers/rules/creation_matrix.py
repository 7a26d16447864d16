"""The order creation matrix: which orders are created in Commerce, and for which stock is reserved.

Source: help page "Order settings", with Inventory Management (42 cells), and its 2.x edition without (42 cells).
"""

from dataclasses import dataclass

from schemas.status import Channel, Status, StockState

_MERCHANT_CREATES = {Status.UNSHIPPED, Status.PARTIALLY_SHIPPED, Status.SHIPPED}
_AMAZON_CREATES = {Status.SHIPPED}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: whether the Commerce order is created, and whether inventory is reserved."""

    create: bool
    reserve: bool


def cell(channel: Channel, stock: StockState, status: Status) -> Cell:
    """Return the cell of the matrix for integrations with Inventory Management.

    FBA orders reserve nothing; out of stock creates nothing, for FBA too (a limitation of Inventory Management).
    Orders that are shipped, partially or in full, reserve all their quantities, as documented.
    """
    by_merchant = channel is Channel.MFN
    create = status in (_MERCHANT_CREATES if by_merchant else _AMAZON_CREATES) and stock is not StockState.OUT_OF_STOCK
    return Cell(create=create, reserve=create and by_merchant)


def cell_without_inventory_management(channel: Channel, status: Status, *, reserve_quantity: bool) -> Cell:
    """Return the cell of the legacy matrix: stock never matters.

    With *reserve_quantity* ("Reserve Quantity" in the order settings) FBM orders reserve from Pending on, else never.
    """
    by_merchant = channel is Channel.MFN
    create = status in (_MERCHANT_CREATES if by_merchant else _AMAZON_CREATES)
    return Cell(create=create, reserve=reserve_quantity and by_merchant and (create or status is Status.PENDING))
