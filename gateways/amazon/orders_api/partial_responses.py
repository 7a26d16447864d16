"""Answers of the Orders API v0 that tell a part of an order only, each told from an order by what it lacks."""

from gateways.amazon.fields import Fields

_OF_ORDERS = ("OrderStatus", "PurchaseDate", "LastUpdateDate")
_OF_BUYERS = ("BuyerEmail", "BuyerName", "BuyerCounty", "BuyerTaxInfo", "PurchaseOrderNumber")
_OF_ITEMS = ("SellerSKU", "ASIN", "QuantityOrdered")


def is_page(part: Fields) -> bool:
    """Tell a getOrderItems answer from an order: it holds the order's id and items, and nothing of the order."""
    return "OrderItems" in part and _is_partial(part) and not _has_buyer_data_only(part)


def merge_instruction(part: Fields) -> str | None:
    """Say what an answer without an order is, and how what it tells reaches the order; None for an order."""
    if not _is_partial(part):
        return None
    if "OrderItems" in part:
        return _sentence(
            "getOrderItemsBuyerInfo", "put what it tells of an item into the order's item as its BuyerInfo"
        )
    if "ShippingAddress" in part:
        return _sentence("getOrderAddress", "put its ShippingAddress into the order")
    if any(name in part for name in _OF_BUYERS):
        return _sentence("getOrderBuyerInfo", "put what it tells into the order as its BuyerInfo")
    return None


def _is_partial(part: Fields) -> bool:
    return "AmazonOrderId" in part and not any(name in part for name in _OF_ORDERS)


def _has_buyer_data_only(part: Fields) -> bool:
    items = part.value("OrderItems")
    told = [Fields(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return bool(told) and not any(name in item for item in told for name in _OF_ITEMS)


def _sentence(operation: str, way: str) -> str:
    return f"It is a {operation} answer, which tells only a part of an order: {way}."
