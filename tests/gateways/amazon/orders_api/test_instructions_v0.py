"""The instructions in orders of the Orders API v0."""

from typing import Any

import pytest

from gateways.amazon.orders_api.files import read_orders
from schemas.payloads import AmazonReport
from tests.gateways.amazon.samples import ORDER_ID, Json, as_lines, dollars, only_read, v0_item, v0_order

REGULATED = {"HasRegulatedItems": True}


def read(changes: Json | None = None, item: Json | None = None) -> AmazonReport:
    """Return the report of an order with these members, and of an item with these."""
    return only_read(read_orders(as_lines(v0_order(changes, [v0_item(item)])), "us")).payload


def of_order(changes: Json) -> dict[str, Any]:
    instructions = read(changes).instructions
    return instructions.model_dump(mode="json", exclude_none=True, exclude={"items"}) if instructions else {}


def of_item(changes: Json) -> dict[str, Any]:
    instructions = read(item=changes).instructions
    assert instructions is not None
    (item,) = instructions.items
    return item.model_dump(mode="json", exclude_none=True, exclude={"order_item_id"})


COD = {
    "PaymentMethod": "COD",
    "PaymentExecutionDetail": [
        {"Payment": dollars("10.00"), "PaymentMethod": "COD"},
        {"Payment": dollars("14.00"), "PaymentMethod": "GC"},
    ],
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"EarliestShipDate": "2026-01-03T00:00:00Z"}, {"earliest_ship_date": "2026-01-03T00:00:00Z"}),
        ({"EarliestDeliveryDate": "2026-01-06T00:00:00Z"}, {"earliest_delivery_date": "2026-01-06T00:00:00Z"}),
        ({"LatestDeliveryDate": "2026-01-09T00:00:00Z"}, {"latest_delivery_date": "2026-01-09T00:00:00Z"}),
        ({"PromiseResponseDueDate": "2026-01-09T00:00:00Z"}, {"promise_response_due_date": "2026-01-09T00:00:00Z"}),
        ({"ShipmentServiceLevelCategory": "Scheduled"}, {"shipping_speed": "Scheduled"}),
        ({"OrderType": "SourcingOnDemandOrder"}, {"order_type": "SourcingOnDemandOrder"}),
        ({"OrderType": "StandardOrder", "PaymentMethodDetails": ["Standard"]}, {}),
        (
            COD,
            {
                "is_cash_on_delivery": True,
                "cash_to_collect": {"currency": "USD", "amount": "10.00"},
                "payment_methods": ["COD", "GC"],
            },
        ),
        ({"PaymentMethodDetails": ["Invoice"], "PaymentMethod": "Other"}, {"payment_methods": ["Invoice"]}),
        ({"IsISPU": True}, {"is_store_pick_up": True}),
        ({"IsISPU": False, "IsAccessPointOrder": "false", "IsSoldByAB": False}, {}),
        ({"IsAccessPointOrder": True}, {"is_pick_up_point": True}),
        (
            {"ShippingAddress": {"CountryCode": "US", "AddressType": "Commercial"}},
            {"address_type": "Commercial"},
        ),
        (
            {"DeliveryPreferences": {"OtherAttributes": ["PALLET_DISABLED", "HAS_ACCESS_POINT"]}},
            {"delivery_capabilities": ["HAS_ACCESS_POINT", "PALLET_DISABLED"]},
        ),
        ({"FulfillmentInstruction": {"FulfillmentSupplySourceId": "depot"}}, {"supply_source_id": "depot"}),
        (REGULATED, {"has_regulated_items": True}),
        ({"IsGlobalExpressEnabled": True}, {"is_global_express": True}),
        ({"EasyShipShipmentStatus": "PendingPickUp"}, {"easy_ship_status": "PendingPickUp"}),
        (
            {"AutomatedShippingSettings": {"AutomatedCarrier": "UPS", "AutomatedShipMethod": "Ground"}},
            {"prescribed_carrier": "UPS", "prescribed_ship_method": "Ground"},
        ),
        ({"ElectronicInvoiceStatus": "NotFound"}, {"invoice_status": "NotFound"}),
        ({"ElectronicInvoiceStatus": "NotRequired"}, {}),
        ({"BuyerInvoicePreference": "BUSINESS"}, {"invoice_preference": "BUSINESS"}),
        ({"IsIBA": True}, {"is_sold_by_amazon_business": True}),
    ],
)
def test_instructions_of_an_order_are_read(changes: Json, expected: Json) -> None:
    assert of_order(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"BuyerRequestedCancel": {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": "Found it cheaper."}},
            {"buyer_cancellation": True, "buyer_cancel_reason": "Found it cheaper."},
        ),
        ({"BuyerRequestedCancel": {"IsBuyerRequestedCancel": "false"}}, {"buyer_cancellation": False}),
        ({"BuyerInfo": {"BuyerCustomizedInfo": {"CustomizedURL": "https://example.com/c"}}}, {"is_customized": True}),
        (
            {"IsGift": "true", "BuyerInfo": {"GiftWrapLevel": "Classic"}},
            {"is_gift": True, "gift_wrap_level": "Classic"},
        ),
        (
            {"IossNumber": "IM0000000001", "DeemedResellerCategory": "IOSS"},
            {"ioss_number": "IM0000000001", "deemed_reseller_category": "IOSS"},
        ),
        (
            {
                "ScheduledDeliveryStartDate": "2026-01-06T08:00:00Z",
                "ScheduledDeliveryEndDate": "2026-01-06T12:00:00Z",
            },
            {
                "scheduled_delivery_start": "2026-01-06T08:00:00Z",
                "scheduled_delivery_end": "2026-01-06T12:00:00Z",
            },
        ),
        (
            {"SerialNumberRequired": True, "IsTransparency": True},
            {"serial_numbers_required": True, "transparency_codes_required": True},
        ),
        (
            {"ShippingConstraints": {"SignatureConfirmation": "MANDATORY", "RecipientAgeVerification": "MANDATORY"}},
            {"delivery_constraints": ["SignatureConfirmation", "RecipientAgeVerification"]},
        ),
        ({"SubstitutionPreferences": {"SubstitutionType": "DO_NOT_SUBSTITUTE"}}, {"substitution": "DO_NOT_SUBSTITUTE"}),
        ({"Measurement": {"Unit": "KILOGRAMS", "Value": 1.5}}, {"measure": "1.5 KILOGRAMS"}),
        ({"StoreChainStoreId": "store-7"}, {"store_chain_store_id": "store-7"}),
        (
            {"AssociatedItems": [{"OrderId": "111-0000001-0000009", "AssociationType": "VALUE_ADD_SERVICE"}]},
            {"service_order_id": "111-0000001-0000009"},
        ),
        ({"AmazonPrograms": {"Programs": ["SUBSCRIBE_AND_SAVE"]}}, {"programs": ["SUBSCRIBE_AND_SAVE"]}),
    ],
)
def test_instructions_of_an_item_are_read(changes: Json, expected: Json) -> None:
    assert of_item(changes) == expected


def test_texts_and_identity_of_the_buyer_are_personal() -> None:
    tax = {"CompanyLegalName": "Testers Ltd", "TaxClassifications": [{"Name": "GST", "Value": "000"}]}
    gift = {"GiftMessageText": "For you", "BuyerCustomizedInfo": {"CustomizedURL": "https://example.com/c"}}
    report = read(
        {
            "BuyerInfo": {"PurchaseOrderNumber": "PO-1", "BuyerTaxInfo": tax},
            "BuyerCompanyName": "Testers",
            "DeliveryPreferences": {"DropOffLocation": "Porch", "AddressInstructions": "Second gate"},
            "BuyerTaxInformation": {"BuyerTaxRegistrationId": "111", "BuyerTaxOffice": "Testville"},
        },
        {"BuyerInfo": gift},
    )
    personal = report.personal_instructions
    assert personal is not None
    assert personal.model_dump(exclude_none=True) == {
        "purchase_order_number": "PO-1",
        "company_name": "Testers",
        "tax_ids": ("Testers Ltd", "GST 000", "111", "Testville"),
        "drop_off_location": "Porch",
        "address_instructions": "Second gate",
        "items": ({"order_item_id": "i-1", "gift_message": "For you", "customization_url": "https://example.com/c"},),
    }
    assert "For you" not in str(report.instructions)


def test_an_order_that_demands_nothing_has_no_instructions() -> None:
    report = read()
    assert (report.amazon_order_id, report.instructions, report.personal_instructions) == (ORDER_ID, None, None)
