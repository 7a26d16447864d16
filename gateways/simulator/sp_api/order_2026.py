"""An order as Orders 2026-01-01 has it: the data sets that were asked for, as far as the application's roles go.

Personal data needs a role of its own; withheld data is left out, without an error. A pending order has neither
amounts nor a recipient.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateways.simulator.sp_api.marketplace import Package, SellerOrder
from schemas.amazon_report import Item
from schemas.money import Money
from schemas.personal import Address
from schemas.status import AmazonStatus, Channel

Json = dict[str, Any]

ADDRESS_ROLE, BUYER_ROLE = "Direct-to-Consumer Shipping", "Tax Invoicing"
PERSONAL_ROLES = frozenset({ADDRESS_ROLE, BUYER_ROLE})
"""The restricted roles that personal data needs (SP-API documentation, "Get order information")."""

STATUSES = {
    AmazonStatus.PENDING_AVAILABILITY: "PENDING_AVAILABILITY",
    AmazonStatus.PENDING: "PENDING",
    AmazonStatus.UNSHIPPED: "UNSHIPPED",
    AmazonStatus.PARTIALLY_SHIPPED: "PARTIALLY_SHIPPED",
    AmazonStatus.SHIPPED: "SHIPPED",
    AmazonStatus.INVOICE_UNCONFIRMED: "PENDING",
    AmazonStatus.CANCELED: "CANCELLED",
    AmazonStatus.UNFULFILLABLE: "UNFULFILLABLE",
}

ADDRESS_FIELDS = {
    "name": "name", "company": "companyName", "line1": "addressLine1", "line2": "addressLine2",
    "line3": "addressLine3", "city": "city", "region": "stateOrRegion", "postal_code": "postalCode",
    "country_code": "countryCode", "phone": "phone",
}  # fmt: skip
NOT_PERSONAL = ("city", "region", "postal_code", "country_code")


def order_2026(order: SellerOrder, included: Collection[str], roles: Collection[str]) -> Json:
    """Return the order with these data sets."""
    facts = order.facts
    document: Json = {
        "orderId": order.order_id,
        "createdTime": instant(facts.purchase_date or order.changed_at),
        "lastUpdatedTime": instant(order.changed_at),
        "programs": _programs(order),
        "salesChannel": {"channelName": "Amazon", "marketplaceId": facts.marketplace_id or ""},
        "orderItems": [_item(order, item, included) for item in order.items],
    }
    if facts.replaces_order_id:
        replaced = {"orderId": facts.replaces_order_id, "associationType": "REPLACEMENT_ORIGINAL_ID"}
        document["associatedOrders"] = [replaced]
    return document | {name: part for name, part in _parts(order, roles).items() if part and name in _names(included)}


def _names(included: Collection[str]) -> set[str]:
    return {name.lower() for name in included}


def _parts(order: SellerOrder, roles: Collection[str]) -> Json:
    """Return the data sets of the whole order, by the name of their field."""
    by_amazon = order.facts.fulfillment_channel is Channel.AFN
    return {
        "buyer": _buyer(order, by_amazon) if BUYER_ROLE in roles else None,
        "recipient": _recipient(order.facts.shipping_address, ADDRESS_ROLE in roles, by_amazon),
        "proceeds": _proceeds(order),
        "fulfillment": _fulfillment(order),
        "packages": [package_2026(package) for package in order.packages.values()],
    }


def _programs(order: SellerOrder) -> list[str]:
    flags = {"PRIME": order.facts.is_prime, "AMAZON_BUSINESS": order.facts.is_business}
    flags["PREMIUM"] = order.facts.is_premium
    return [*(name for name, is_set in flags.items() if is_set), *order.programs]


def _buyer(order: SellerOrder, by_amazon: bool) -> Json | None:
    """Return the buyer: an anonymized mailbox, and none where Amazon ships."""
    buyer = order.facts.buyer
    if buyer is None or by_amazon:
        return None
    return _known({"buyerName": buyer.name, "buyerEmail": buyer.email})


def _recipient(address: Address | None, may_see: bool, by_amazon: bool) -> Json | None:
    if address is None:
        return None
    fields = ADDRESS_FIELDS if may_see and not by_amazon else {name: ADDRESS_FIELDS[name] for name in NOT_PERSONAL}
    return {"deliveryAddress": _known({theirs: getattr(address, ours) for ours, theirs in fields.items()})}


def _proceeds(order: SellerOrder) -> Json | None:
    total = order.facts.order_total
    return {"grandTotal": _money(total)} if total else None


def _fulfillment(order: SellerOrder) -> Json:
    by_amazon = order.facts.fulfillment_channel is Channel.AFN
    window = {"latestDateTime": instant(order.facts.latest_ship_date)} if order.facts.latest_ship_date else None
    return _known(
        {
            "fulfillmentStatus": STATUSES[order.facts.status],
            "fulfilledBy": "AMAZON" if by_amazon else "MERCHANT",
            "fulfillmentServiceLevel": order.facts.ship_service_level,
            "shipByWindow": window,
        }
    )


def _item(order: SellerOrder, item: Item, included: Collection[str]) -> Json:
    shipped = order.shipped(item.order_item_id)
    is_canceled = order.facts.status is AmazonStatus.CANCELED or item.order_item_id in order.cancel_reasons
    parts: Json = {
        "PROCEEDS": {"proceeds": _item_proceeds(item)},
        "FULFILLMENT": {
            "fulfillment": {
                "quantityFulfilled": shipped,
                "quantityUnfulfilled": 0 if is_canceled else item.quantity - shipped,
            }
        },
        "CANCELLATION": {"cancellation": _cancellation(order, is_canceled)},
    }
    product = _known({"asin": item.asin, "title": item.title, "sellerSku": item.seller_sku})
    document = {"orderItemId": item.order_item_id, "quantityOrdered": item.quantity, "product": product}
    for name in included:
        document |= _known(parts.get(name, {}))
    return document


def _cancellation(order: SellerOrder, is_canceled: bool) -> Json | None:
    if is_canceled:
        return {"cancellationExecution": {"cancelledBy": "SELLER" if order.cancel_reasons else "BUYER"}}
    if order.buyer_wants_cancel:
        return {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Ordered by mistake"}}
    return None


def _item_proceeds(item: Item) -> Json | None:
    """Return the amounts of a line by type; the tax has its parts on the item and on the shipping."""
    if item.item_price is None:
        return None
    zero = Money(currency=item.item_price.currency, amount=Decimal(0))
    item_tax, shipping_tax = item.item_tax or zero, item.shipping_tax or zero
    discount = item.discount or zero
    tax = zero.model_copy(update={"amount": item_tax.amount + shipping_tax.amount})
    minus = zero.model_copy(update={"amount": -discount.amount})
    breakdowns = [
        {"type": "ITEM", "subtotal": _money(item.item_price)},
        {"type": "SHIPPING", "subtotal": _money(item.shipping_price or zero)},
        {"type": "DISCOUNT", "subtotal": _money(minus)},
        {"type": "TAX", "subtotal": _money(tax), "detailedBreakdowns": _tax_parts(item_tax, shipping_tax)},
    ]
    amounts = (item.item_price, item.shipping_price or zero, minus, tax)
    total = zero.model_copy(update={"amount": sum((money.amount for money in amounts), Decimal(0))})
    return {"proceedsTotal": _money(total), "breakdowns": breakdowns}


def _tax_parts(item_tax: Money, shipping_tax: Money) -> list[Json]:
    return [{"subtype": "ITEM", "value": _money(item_tax)}, {"subtype": "SHIPPING", "value": _money(shipping_tax)}]


def package_2026(package: Package) -> Json:
    """Return a parcel as it was confirmed."""
    detail = package.detail
    items = [{"orderItemId": item, "quantity": quantity} for item, quantity in package.quantities.items()]
    return _known(
        {
            "packageReferenceId": package.reference_id,
            "createdTime": instant(package.created_at),
            "packageStatus": {"status": "SHIPPED"},
            "carrier": detail.get("carrierName") or detail["carrierCode"],
            "shipTime": detail["shipDate"],
            "shippingService": detail.get("shippingMethod"),
            "trackingNumber": detail["trackingNumber"],
            "packageItems": items,
        }
    )


def instant(moment: datetime) -> str:
    """Return an instant as Amazon writes it, in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _money(money: Money) -> Json:
    return {"amount": str(money.amount), "currencyCode": money.currency}


def _known(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
