"""Amazon's reports, recognised by their columns: those of shippable orders, which are parsed, and others, to be named.

Columns after the SP-API documentation, "Report type values" and the attributes of each category of reports.
"""

from collections.abc import Collection
from dataclasses import dataclass

from gateways.amazon.reports.values import SHIPPING
from schemas.status import Channel

FETCH_INSTEAD = (
    "fetch GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL instead (in Seller Central: Order Reports, All Orders)"
)


@dataclass(frozen=True, slots=True)
class OtherReport:
    """A report that lists no orders in a way that can be read: its name, and the columns that only it has."""

    name: str
    columns: frozenset[str]


_SHIPPABLE = {"order-id", "order-item-id", "purchase-date", "payments-date", "quantity-purchased", "sku"}
"""Columns of GET_FLAT_FILE_ORDERS_DATA (New Orders) and GET_FLAT_FILE_ACTIONABLE_ORDER_DATA_* (Unshipped Orders)."""

_OTHERS = (
    OtherReport(
        "Amazon Fulfilled Shipments (GET_AMAZON_FULFILLED_SHIPMENTS_DATA_*)",
        frozenset({"amazon-order-id", "shipment-id", "shipment-item-id"}),
    ),
    OtherReport("a settlement (GET_V2_SETTLEMENT_REPORT_DATA_*)", frozenset({"settlement-id", "transaction-type"})),
    OtherReport("a date range report of payments", frozenset({"date/time", "settlement-id", "order-id"})),
    OtherReport(
        "FBA customer returns (GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA)",
        frozenset({"return-date", "detailed-disposition"}),
    ),
    OtherReport(
        "seller-fulfilled returns (GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE)",
        frozenset({"order-id", "return-request-date"}),
    ),
    OtherReport(
        "FBA customer shipment sales (GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA)",
        frozenset({"shipment-date", "fnsku", "amazon-order-id"}),
    ),
    OtherReport(
        "removal orders (GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA)",
        frozenset({"request-date", "order-type", "requested-quantity"}),
    ),
    OtherReport("VAT transactions (GET_VAT_TRANSACTION_DATA)", frozenset({"transaction-event-id", "activity-period"})),
    OtherReport("tax of sales (GET_FLAT_FILE_SALES_TAX_DATA)", frozenset({"order-id", "jurisdiction-level"})),
    OtherReport("listings (GET_MERCHANT_LISTINGS_*)", frozenset({"listing-id", "seller-sku", "price"})),
    OtherReport("FBA inventory (GET_FBA_MYI_*)", frozenset({"fnsku", "afn-fulfillable-quantity"})),
    OtherReport("open listings (GET_FLAT_FILE_OPEN_LISTINGS_DATA)", frozenset({"sku", "asin", "price", "quantity"})),
)


def has_shippable_orders(columns: Collection[str]) -> bool:
    """Whether this is the New Orders or the Unshipped Orders report, by its columns in Amazon's writing."""
    return _SHIPPABLE.issubset(columns) and "order-status" not in columns


def facts_of_shippable_orders(store_marketplace: str | None) -> dict[str, str]:
    """Return the cells that every row of such a report has, though its columns are missing.

    It has orders that the merchant ships and that are paid, from the moment they are no longer Pending (SP-API
    documentation, "Order reports"), so they are being shipped, and a line may be shipped; where it does not name the
    sales channel, the orders are the store's.
    """
    cells = {"order-status": SHIPPING, "fulfillment-channel": Channel.MFN.value}
    return cells | ({"sales-channel": store_marketplace} if store_marketplace else {})


def other_report(columns: Collection[str]) -> str | None:
    """Return in a sentence the report that has these columns and the one to fetch instead, None for an unknown file."""
    name = next((other.name for other in _OTHERS if other.columns.issubset(columns)), None)
    return f"The file is another of Amazon's reports, {name}: {FETCH_INSTEAD}." if name else None
