"""confirmShipment, simulated: parcels are read back, repeats edit, wrong ones are refused as Amazon does."""

import pytest

from schemas.status import Channel
from tests.gateways.simulator.sp_api.accounts import (
    ID,
    LAMPS,
    MUGS,
    US,
    Caller,
    an_order,
    confirm,
    order,
    parcel,
    place,
)


def test_a_parcel_is_read_back_and_the_status_follows(amazon: Caller) -> None:
    assert confirm(amazon, parcel("1", {MUGS: 2})) == (204, "")
    assert order(amazon)["fulfillment"]["fulfillmentStatus"] == "PARTIALLY_SHIPPED"
    assert confirm(amazon, parcel("2", {LAMPS: 1})) == (204, "")
    document = order(amazon)
    assert document["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert [package["packageReferenceId"] for package in document["packages"]] == ["1", "2"]
    assert [item["fulfillment"]["quantityFulfilled"] for item in document["orderItems"]] == [2, 1]


def test_the_same_reference_edits_a_parcel_and_another_one_is_too_many(amazon: Caller) -> None:
    confirm(amazon, parcel("1"))
    assert confirm(amazon, parcel("1", trackingNumber="2Z"))[0] == 204
    (package,) = order(amazon)["packages"]
    assert package["trackingNumber"] == "2Z"
    status, message = confirm(amazon, parcel("2"))
    assert (status, "PackageToUpdateNotFound" in message) == (400, True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (parcel(7), "invalid type [packageDetail.packageReferenceId]"),
        (parcel("seven"), "must be a positive numeric value"),
        (parcel(carrierCode=""), "packageDetail.carrierCode"),
        (parcel(trackingNumber="", carrierCode="Other"), "CarrierName"),
        (parcel(orderItems={"orderItemId": "x"}), "must be a list"),
        (parcel("1", {"unknown": 1}), "OrderItemId"),
        (parcel("1", {MUGS: 3}), "more pieces"),
        ({"marketplaceId": US}, "packageDetail"),
        ([], "Could not match input arguments"),
    ],
)
def test_a_wrong_confirmation_is_refused_as_amazon_does(amazon: Caller, body: object, message: str) -> None:
    status, sentence = confirm(amazon, body)
    assert status == 400
    assert message in sentence
    assert "packages" not in order(amazon)


def test_orders_of_others_and_of_ship_plus_take_no_confirmation(amazon: Caller) -> None:
    assert confirm(amazon, parcel(), "999-0000000-0000009")[0] == 404
    by_amazon = place(amazon.server, an_order(2, Channel.AFN))
    assert "fulfilled by Amazon" in confirm(amazon, parcel(), by_amazon.amazon_order_id)[1]
    amazon.server.marketplace.orders[ID].programs = ("FBM_SHIP_PLUS",)
    assert "Ship+" in confirm(amazon, parcel())[1]
