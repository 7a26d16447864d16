"""confirmShipment, with the errors that Amazon is known to answer.

Sources: Amazon's API models (Orders v0), and errors that developers reported of the production system.
"""

from collections import Counter
from typing import Any

from gateways.simulator.sp_api.call import Json, SpApiCall
from gateways.simulator.sp_api.errors import INVALID, SpApiError, invalid
from gateways.simulator.sp_api.marketplace import OPEN, Marketplace, Package, SellerOrder
from schemas.status import AmazonStatus, Channel

REQUIRED = ("packageReferenceId", "carrierCode", "shipDate", "orderItems")
WRONG_TYPE = (
    "The input you have submitted is not valid. Please check the fields with invalid type"
    " [packageDetail.packageReferenceId]."
)
NOT_FOUND = (
    "Failed to create package due to not finding a matching package or order already fulfilled."
    " ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order ({order_id}),"
    " errorMetric=PackageToUpdateNotFound, packageIndex=null)"
)


def confirm(marketplace: Marketplace, order: SellerOrder, call: SpApiCall) -> None:
    """Confirm a parcel of an order, or edit it. Raises SpApiError."""
    _, detail = call.required("marketplaceId", "packageDetail")
    if not isinstance(detail, dict):
        raise invalid("packageDetail: is invalid")
    _check_detail(detail)
    _check_order(order)
    reference_id = detail["packageReferenceId"]
    package = Package(reference_id, detail, _quantities(order, detail["orderItems"]), marketplace.clock())
    _check_quantities(order, package)
    marketplace.confirm(order, package)


def _check_detail(detail: Json) -> None:
    for name in REQUIRED:
        if detail.get(name) in (None, "", []):
            raise invalid(f"Missing required field: packageDetail.{name}")
    reference_id = detail["packageReferenceId"]
    if not isinstance(reference_id, str):
        raise invalid(WRONG_TYPE)
    if not reference_id.isdigit() or int(reference_id) == 0:
        raise invalid("PackageReferenceId: is invalid, must be a positive numeric value.")
    if "trackingNumber" not in detail:
        raise invalid("Missing required field: packageDetail.trackingNumber")
    if detail["carrierCode"] == "Other" and not detail.get("carrierName"):
        raise invalid("CarrierName: is required when CarrierCode is Other.")


def _check_order(order: SellerOrder) -> None:
    if order.facts.fulfillment_channel is Channel.AFN:
        raise invalid("Shipment confirmation is not allowed for orders that are fulfilled by Amazon.")
    if "FBM_SHIP_PLUS" in order.programs:
        raise invalid("Shipment confirmation is not supported for Ship+ orders.")
    if order.facts.status not in (*OPEN, AmazonStatus.SHIPPED):
        raise invalid(f"Order {order.order_id} cannot be confirmed in status {order.facts.status}.")


def _quantities(order: SellerOrder, items: Any) -> Counter[str]:
    """Return the pieces in the parcel by order item id."""
    if not isinstance(items, list):
        raise invalid("orderItems: is invalid, must be a list.")
    quantities: Counter[str] = Counter()
    for item in items:
        order_item_id, quantity = item.get("orderItemId"), item.get("quantity")
        if order_item_id not in order.ordered:
            raise invalid(f"OrderItemId: {order_item_id} is invalid.")
        if not isinstance(quantity, int) or quantity < 1:
            raise invalid("Quantity: is invalid, must be a positive number.")
        quantities[order_item_id] += quantity
    return quantities


def _check_quantities(order: SellerOrder, package: Package) -> None:
    """Refuse pieces beyond those ordered; a further parcel of an order that was shipped whole has none left."""
    others = order.confirmed
    if before := order.packages.get(package.reference_id):
        others -= before.quantities
    elif order.facts.status is AmazonStatus.SHIPPED:
        raise SpApiError(400, INVALID, NOT_FOUND.format(order_id=order.order_id))
    if any(others[item] + quantity > order.ordered[item] for item, quantity in package.quantities.items()):
        raise invalid("Quantity: is invalid, more pieces are confirmed than were ordered.")
