"""Parses an order of the Orders API v0 (Order, OrderItem) to `OrderPlaced`."""

from collections.abc import Sequence

from gateways.amazon.fields import Fields
from gateways.amazon.marketplaces import marketplace_id, shows_prices_with_tax
from gateways.amazon.money import Facts, add, negative, separate_tax, unsigned
from gateways.amazon.orders_api.buyer import read_address, read_buyer
from gateways.amazon.orders_api.instructions_v0 import read_instructions, read_personal_instructions
from gateways.amazon.payload import build, instructions, reported, uncanceled_items, with_counted_quantities
from gateways.errors import UnreadableInputError
from schemas.payloads import OrderPlaced
from schemas.status import AmazonStatus


def read_v0(order: Fields, items: Sequence[Fields], store_id: str) -> OrderPlaced:
    """Parse one Order and its OrderItems. Raises UnreadableInputError."""
    status = order.text("OrderStatus")
    if status is None:
        raise UnreadableInputError("OrderStatus is missing.")
    if not items:
        raise UnreadableInputError(
            'It has no items: give them in it as "OrderItems", or put the getOrderItems answer into the same file.'
        )
    total = order.money("OrderTotal")
    counted = with_counted_quantities([_item(item) for item in items], status)
    kept = uncanceled_items(_with_order_counts(counted, order, status), status)
    facts = _facts(order, status, store_id) | {"order_total": total}
    facts |= instructions(read_instructions(order, items), read_personal_instructions(order, items))
    contained = shows_prices_with_tax(str(facts["marketplace_id"]))
    return build(OrderPlaced, facts | {"items": separate_tax(kept, total, contained=contained)})


def _with_order_counts(items: list[Facts], order: Fields, status: str) -> list[Facts]:
    """Return the items with their quantities as the order counts them: NumberOfItemsShipped and NumberOfItemsUnshipped.

    Where these are fewer units than its items have, the others were canceled; of which item, only an order with one
    item shows. Counts of 0 mean that the order is not verified yet, or canceled.
    """
    counts = (order.whole("NumberOfItemsShipped"), order.whole("NumberOfItemsUnshipped"))
    left = sum(count or 0 for count in counts)
    if None in counts or left == 0 or len(items) != 1 or status == AmazonStatus.CANCELED:
        return items
    ordered = items[0].get("quantity")
    return [items[0] | {"quantity": left}] if isinstance(ordered, int) and (ordered == 0 or left < ordered) else items


def _facts(order: Fields, status: str, store_id: str) -> Facts:
    channel = order.text("SalesChannel")
    return {
        "store_id": store_id,
        "amazon_order_id": order.text("AmazonOrderId"),
        "last_update_date": order.text("LastUpdateDate"),
        "status": status,
        "purchase_date": order.text("PurchaseDate"),
        "marketplace_id": order.text("MarketplaceId") or (marketplace_id(channel) if channel else None),
        "fulfillment_channel": order.text("FulfillmentChannel"),
        "buyer": read_buyer(order.part("BuyerInfo")),
        "shipping_address": read_address(order.part("ShippingAddress")),
        "ship_service_level": order.text("ShipServiceLevel"),
        "latest_ship_date": order.text("LatestShipDate"),
        "is_prime": order.truth("IsPrime"),
        "is_business": order.truth("IsBusinessOrder"),
        "is_premium": order.truth("IsPremiumOrder"),
        "replaces_order_id": order.text("ReplacedOrderId"),
    }


def _item(item: Fields) -> Facts:
    """Parse one OrderItem, whose amounts are for the whole line.

    The lines have to add up to OrderTotal, and our items have no gift wrap and no fees: gift wrap is added to the item
    price, the fee for cash on delivery to the shipping price.
    """
    gift = item.part("BuyerInfo")
    return reported(
        {
            "order_item_id": item.text("OrderItemId"),
            "seller_sku": item.text("SellerSKU"),
            "asin": item.text("ASIN"),
            "title": item.text("Title"),
            "quantity": item.whole("QuantityOrdered"),
            "quantity_shipped": item.whole("QuantityShipped"),
            "item_price": add(item.money("ItemPrice"), gift.money("GiftWrapPrice")),
            "item_tax": add(item.money("ItemTax"), gift.money("GiftWrapTax")),
            "shipping_price": add(
                item.money("ShippingPrice"), item.money("CODFee"), negative(unsigned(item.money("CODFeeDiscount")))
            ),
            "shipping_tax": item.money("ShippingTax"),
            "discount": add(unsigned(item.money("PromotionDiscount")), unsigned(item.money("ShippingDiscount"))),
            "item_discount_tax": unsigned(item.money("PromotionDiscountTax")),
            "shipping_discount_tax": unsigned(item.money("ShippingDiscountTax")),
        }
    )
