"""Orders API v0 responses with part of an order only, distinguished from orders by the fields they lack."""

from gateways.amazon.fields import Fields

_OF_ORDERS = ("OrderStatus", "PurchaseDate", "LastUpdateDate")
_OF_BUYERS = ("BuyerEmail", "BuyerName", "BuyerCounty", "BuyerTaxInfo", "PurchaseOrderNumber")
_OF_ITEMS = ("SellerSKU", "ASIN", "QuantityOrdered")


def is_page(part: Fields) -> bool:
    """Whether this is a getOrderItems response: it has the order's id and items, and no field of the order."""
    return "OrderItems" in part and _is_partial(part) and not _has_buyer_data_only(part)


def merge_instruction(part: Fields) -> str | None:
    """Return which partial response this is and how to merge it into its order; None for an order."""
    if not _is_partial(part):
        return None
    if "OrderItems" in part:
        return _sentence("getOrderItemsBuyerInfo", "put the fields of each item into the order's item as its BuyerInfo")
    if "ShippingAddress" in part:
        return _sentence("getOrderAddress", "put its ShippingAddress and DeliveryPreferences into the order")
    if any(name in part for name in _OF_BUYERS):
        return _sentence("getOrderBuyerInfo", "put its fields into the order as its BuyerInfo")
    return None


def _is_partial(part: Fields) -> bool:
    return "AmazonOrderId" in part and not any(name in part for name in _OF_ORDERS)


def _has_buyer_data_only(part: Fields) -> bool:
    items = part.value("OrderItems")
    fields = [Fields(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return bool(fields) and not any(name in item for item in fields for name in _OF_ITEMS)


def _sentence(operation: str, instruction: str) -> str:
    return f"It is a {operation} response, which has only part of an order: {instruction}."
