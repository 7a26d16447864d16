"""Reading orders, of Orders v0, which Amazon removes on 27 March 2027: for clients that are not ours."""

from collections.abc import Mapping
from typing import Any

from gateways.simulator.sp_api.call import Json, SpApiCall
from gateways.simulator.sp_api.errors import invalid
from gateways.simulator.sp_api.marketplace import SellerOrder
from gateways.simulator.sp_api.order_2026 import instant
from gateways.simulator.sp_api.orders import OrderReader
from schemas.amazon_report import Item
from schemas.money import Money
from schemas.personal import Address

ADDRESS_FIELDS = {"city": "City", "region": "StateOrRegion", "postal_code": "PostalCode", "country_code": "CountryCode"}
"""The address fields of an answer without a restricted data token."""


def get_order(reader: OrderReader, call: SpApiCall) -> Json:
    """Answer getOrder."""
    return {"payload": _order(reader.find(call.path[0]))}


def get_orders(reader: OrderReader, call: SpApiCall) -> Json:
    """Answer getOrders, with all orders on one page."""
    if not call.names("MarketplaceIds"):
        raise invalid("MarketplaceIds is missing.")
    created, changed = call.instant("CreatedAfter"), call.instant("LastUpdatedAfter")
    if (created is None) == (changed is None) and not call.names("AmazonOrderIds"):
        raise invalid("Either the CreatedAfter parameter or the LastUpdatedAfter parameter is required.")
    orders = [order for order in reader.marketplace.in_order_of_change() if _matches(order, call)]
    before = instant(reader.marketplace.clock() - reader.search_lag)
    return {"payload": {"Orders": [_order(order) for order in orders], "LastUpdatedBefore": before}}


def get_address(reader: OrderReader, call: SpApiCall) -> Json:
    """Answer getOrderAddress."""
    order = reader.find(call.path[0])
    address = _address(order.facts.shipping_address)
    return {"payload": {"AmazonOrderId": order.order_id} | ({"ShippingAddress": address} if address else {})}


def get_items(reader: OrderReader, call: SpApiCall) -> Json:
    """Answer getOrderItems, with all items on one page."""
    order = reader.find(call.path[0])
    return {"payload": {"AmazonOrderId": order.order_id, "OrderItems": [_item(order, item) for item in order.items]}}


def _matches(order: SellerOrder, call: SpApiCall) -> bool:
    created, changed, ids = call.instant("CreatedAfter"), call.instant("LastUpdatedAfter"), call.names("AmazonOrderIds")
    return (
        (order.facts.marketplace_id in call.names("MarketplaceIds"))
        and (not ids or order.order_id in ids)
        and (created is None or (order.facts.purchase_date or order.changed_at) >= created)
        and (changed is None or order.changed_at >= changed)
    )


def _order(order: SellerOrder) -> Json:
    facts = order.facts
    shipped = sum(order.shipped(item.order_item_id) for item in order.items)
    fields = {
        "AmazonOrderId": order.order_id,
        "PurchaseDate": instant(facts.purchase_date or order.changed_at),
        "LastUpdateDate": instant(order.changed_at),
        "OrderStatus": facts.status.value,
        "FulfillmentChannel": facts.fulfillment_channel and facts.fulfillment_channel.value,
        "SalesChannel": "Amazon.com",
        "ShipServiceLevel": facts.ship_service_level,
        "OrderTotal": _money(facts.order_total),
        "NumberOfItemsShipped": shipped,
        "NumberOfItemsUnshipped": sum(order.ordered.values()) - shipped,
        "MarketplaceId": facts.marketplace_id,
        "IsReplacementOrder": "true" if facts.replaces_order_id else None,
        "ReplacedOrderId": facts.replaces_order_id,
        "ShippingAddress": _address(facts.shipping_address),
    }
    return _known(fields)


def _item(order: SellerOrder, item: Item) -> Json:
    return _known(
        {
            "ASIN": item.asin or "B000000000",
            "SellerSKU": item.seller_sku,
            "OrderItemId": item.order_item_id,
            "Title": item.title,
            "QuantityOrdered": item.quantity,
            "QuantityShipped": order.shipped(item.order_item_id),
            "ItemPrice": _money(item.item_price),
            "ItemTax": _money(item.item_tax),
            "ShippingPrice": _money(item.shipping_price),
            "ShippingTax": _money(item.shipping_tax),
            "PromotionDiscount": _money(item.discount),
        }
    )


def _address(address: Address | None) -> Json | None:
    if address is None:
        return None
    return _known({theirs: getattr(address, ours) for ours, theirs in ADDRESS_FIELDS.items()})


def _money(money: Money | None) -> Json | None:
    return {"CurrencyCode": money.currency, "Amount": str(money.amount)} if money else None


def _known(fields: Mapping[str, Any]) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
