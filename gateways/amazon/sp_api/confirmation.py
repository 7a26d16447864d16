"""The confirmation of a parcel as Amazon takes it, and the parcels that Amazon has already.

Source: Selling Partner API, Orders v0, `confirmShipment`; Orders 2026-01-01, `packages` of `getOrder`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from hashlib import blake2b
from typing import Any

from gateways.amazon.sp_api.carriers import carrier_of
from schemas.gateway_requests import ConfirmShipment
from schemas.order import Parcel

_HASHED_FROM = 10**14
"""Reference ids that are made of a hash have 15 digits, so that they meet none that is a shipment's own number."""


def package_reference_id(shipment_id: str) -> str:
    """Return the positive number, as digits, that names a parcel to Amazon: a function of the shipment alone.

    The same number edits the parcel, another one adds a parcel. A number of Commerce's stays as it is.
    """
    if shipment_id.isascii() and shipment_id.isdigit() and not shipment_id.startswith("0") and len(shipment_id) < 15:
        return shipment_id
    digest = blake2b(shipment_id.encode(), digest_size=8).digest()
    return str(_HASHED_FROM + int.from_bytes(digest) % (9 * _HASHED_FROM))


def confirmation_of(request: ConfirmShipment) -> dict[str, Any]:
    """Return the body of `confirmShipment`. A letter has an empty tracking number: the field is required."""
    parcel = request.parcel
    carrier = carrier_of(parcel.carrier_code, parcel.carrier_name)
    detail = {
        "packageReferenceId": package_reference_id(parcel.shipment_id),
        "carrierCode": carrier.code,
        "carrierName": carrier.name,
        "shippingMethod": parcel.shipping_method,
        "trackingNumber": parcel.tracking_number or "",
        "shipDate": parcel.shipped_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "orderItems": [{"orderItemId": item.order_item_id, "quantity": item.quantity} for item in request.items],
    }
    package_detail = {name: value for name, value in detail.items() if value is not None}
    return {"marketplaceId": request.marketplace_id, "packageDetail": package_detail}


def is_confirmed(order: Mapping[str, Any], parcel: Parcel) -> bool:
    """Whether an order, as `getOrder` returns it, has the parcel: by its reference id or its tracking number."""
    return any(_is_of(package, parcel) for package in _packages_of(order))


def unknown_packages(order: Mapping[str, Any], parcels: Sequence[Parcel]) -> list[str]:
    """Return the reference ids of the packages of an order, as `getOrder` returns it, that are none of the parcels."""
    packages = _packages_of(order)
    unknown = [package for package in packages if not any(_is_of(package, parcel) for parcel in parcels)]
    return [str(package.get("packageReferenceId") or "without a reference id") for package in unknown]


def _packages_of(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    packages = order.get("packages")
    return [package for package in packages if isinstance(package, dict)] if isinstance(packages, list) else []


def _is_of(package: Mapping[str, Any], parcel: Parcel) -> bool:
    tracked = parcel.tracking_number and package.get("trackingNumber") == parcel.tracking_number
    return bool(tracked) or package.get("packageReferenceId") == package_reference_id(parcel.shipment_id)
