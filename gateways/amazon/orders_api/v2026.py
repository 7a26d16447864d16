"""Parses an order of the Orders API 2026-01-01 (Order) to `OrderPlaced`."""

from collections.abc import Collection

from gateways.amazon.fields import Fields
from gateways.amazon.marketplaces import marketplace_id
from gateways.amazon.money import Facts, add, negative, separate_tax, unsigned
from gateways.amazon.orders_api.buyer import read_address, read_buyer
from gateways.amazon.orders_api.instructions_2026 import read_instructions, read_personal_instructions
from gateways.amazon.payload import build, instructions, reported, uncanceled_items
from gateways.errors import UnreadableInputError
from schemas.money import Money
from schemas.payloads import OrderPlaced
from schemas.status import AmazonStatus, Channel

STATUSES = {
    "PENDING_AVAILABILITY": AmazonStatus.PENDING_AVAILABILITY,
    "PENDING": AmazonStatus.PENDING,
    "UNSHIPPED": AmazonStatus.UNSHIPPED,
    "PARTIALLY_SHIPPED": AmazonStatus.PARTIALLY_SHIPPED,
    "SHIPPED": AmazonStatus.SHIPPED,
    "CANCELLED": AmazonStatus.CANCELED,
    "UNFULFILLABLE": AmazonStatus.UNFULFILLABLE,
}
CHANNELS = {"AMAZON": Channel.AFN, "MERCHANT": Channel.MFN}

TO_SHIPPING = {"SHIPPING", "COD_FEE"}

NOT_TO_ITEM = {*TO_SHIPPING, "TAX", "DISCOUNT", "DELIVERY_TIP"}
"""Types of proceeds that are not part of the item price. Gift wrap is, since our items have no field for it, and so are
types that Amazon may add: the order's total includes them."""


def read_2026(order: Fields, store_id: str) -> OrderPlaced:
    """Parse one Order. Raises UnreadableInputError."""
    fulfillment = order.part("fulfillment")
    if "fulfillmentStatus" not in fulfillment:
        raise UnreadableInputError("It has no fulfillmentStatus: ask Amazon with includedData=FULFILLMENT.")
    status = STATUSES.get(fulfillment.text("fulfillmentStatus") or "")
    if status is None:
        raise UnreadableInputError(f"fulfillmentStatus is none of {', '.join(STATUSES)}.")
    items = uncanceled_items([_item(item) for item in order.parts("orderItems")], status)
    if not items:
        raise UnreadableInputError("It has no orderItems.")
    total = _total(order.part("proceeds"))
    facts = _facts(order, fulfillment, store_id) | {"status": status, "order_total": total}
    facts |= instructions(read_instructions(order), read_personal_instructions(order))
    # Proceeds are broken down by type, of which tax is one, so that prices never include it.
    return build(OrderPlaced, facts | {"items": separate_tax(items, total, contained=False)})


def _facts(order: Fields, fulfillment: Fields, store_id: str) -> Facts:
    channel, programs = order.part("salesChannel"), order.words("programs")
    name = channel.text("marketplaceName")
    return {
        "store_id": store_id,
        "amazon_order_id": order.text("orderId"),
        "last_update_date": order.text("lastUpdatedTime"),
        "purchase_date": order.text("createdTime"),
        "marketplace_id": channel.text("marketplaceId") or (marketplace_id(name) if name else None),
        "fulfillment_channel": _channel(fulfillment.text("fulfilledBy")),
        "buyer": read_buyer(order.part("buyer")),
        "shipping_address": read_address(order.part("recipient").part("deliveryAddress")),
        "ship_service_level": fulfillment.text("fulfillmentServiceLevel"),
        "latest_ship_date": fulfillment.part("shipByWindow").text("latestDateTime"),
        "is_prime": None if programs is None else "PRIME" in programs,
        "is_business": None if programs is None else "AMAZON_BUSINESS" in programs,
        "is_premium": None if programs is None else "PREMIUM" in programs,
        "replaces_order_id": _replaced(order),
    }


def _channel(fulfilled_by: str | None) -> Channel | None:
    if fulfilled_by is None:
        return None
    if fulfilled_by not in CHANNELS:
        raise UnreadableInputError(f"fulfilledBy is none of {', '.join(CHANNELS)}.")
    return CHANNELS[fulfilled_by]


def _replaced(order: Fields) -> str | None:
    """Return the order that this one replaces. An exchange is a new purchase and replaces none."""
    for other in order.parts("associatedOrders"):
        if other.text("associationType") == "REPLACEMENT_ORIGINAL_ID":
            return other.text("orderId")
    return None


def _total(proceeds: Fields) -> Money | None:
    """Return the grand total without the tip for the driver, which belongs to no item and is charged separately."""
    tips = [part.money("subtotal") for part in proceeds.parts("breakdowns") if part.text("type") == "DELIVERY_TIP"]
    return add(proceeds.money("grandTotal"), *(negative(tip) for tip in tips))


def _item(item: Fields) -> Facts:
    product, fulfillment = item.part("product"), item.part("fulfillment")
    facts: Facts = {
        "order_item_id": item.text("orderItemId"),
        "seller_sku": product.text("sellerSku"),
        "asin": product.text("asin"),
        "title": product.text("title"),
        "quantity": _quantity(item, fulfillment),
        "quantity_shipped": fulfillment.whole("quantityFulfilled"),
    }
    return reported(facts | _amounts(item.part("proceeds")))


def _quantity(item: Fields, fulfillment: Fields) -> int | None:
    """Return the rest of the quantity ordered: the units shipped, and those that remain to be shipped.

    Both are counted (Orders API 2026-01-01, ItemFulfillment); quantityOrdered stays as the buyer ordered. A
    cancellation may concern some of the units, and has no quantity (ItemCancellationExecution). So the counts decide,
    and the cancellation only where they are missing, or 0.
    """
    ordered = item.whole("quantityOrdered")
    fulfilled, unfulfilled = fulfillment.whole("quantityFulfilled") or 0, fulfillment.whole("quantityUnfulfilled")
    is_canceled = "cancellationExecution" in item.part("cancellation")
    is_counted = unfulfilled is not None and fulfilled + unfulfilled > 0
    if ordered is None or not (is_counted or is_canceled):
        return ordered
    return min(ordered, fulfilled + (unfulfilled or 0))


def _amounts(proceeds: Fields) -> Facts:
    """Parse the amounts of an item. A tax has detailed parts, of which the one on the discount reduces it."""
    breakdowns = proceeds.parts("breakdowns")
    if not breakdowns:
        return {"item_price": proceeds.money("proceedsTotal")}
    taxes = [part for part in breakdowns if part.text("type") == "TAX"]
    parts = [detail for tax in taxes for detail in tax.parts("detailedBreakdowns")]
    shipping_tax = _sum(parts, "subtype", TO_SHIPPING, "value")
    discount_tax = unsigned(_sum(parts, "subtype", {"DISCOUNT"}, "value"))
    kinds = {part.text("type") for part in breakdowns} - NOT_TO_ITEM
    return {
        "item_price": _sum(breakdowns, "type", kinds),
        # All tax that is not detailed as tax on shipping is tax on the item, so that the line adds up in any case.
        "item_tax": add(_sum(taxes, "type", {"TAX"}), negative(shipping_tax), discount_tax),
        "item_discount_tax": discount_tax,
        "shipping_price": _sum(breakdowns, "type", TO_SHIPPING),
        "shipping_tax": shipping_tax,
        "discount": unsigned(_sum(breakdowns, "type", {"DISCOUNT"})),
    }


def _sum(parts: list[Fields], kind: str, kinds: Collection[str | None], amount: str = "subtotal") -> Money | None:
    return add(*(part.money(amount) for part in parts if part.text(kind) in kinds))
