"""The instructions in orders of the Orders API 2026-01-01."""

from typing import Any, cast

import pytest

from gateways.amazon.orders_api.files import read_orders
from schemas.payloads import AmazonReport
from tests.gateways.amazon.samples import Json, as_lines, item_2026, money, only_read, order_2026

WINDOW = {"earliestDateTime": "2026-01-06T08:00:00Z", "latestDateTime": "2026-01-06T12:00:00Z"}


def read(changes: Json | None = None, item: Json | None = None) -> AmazonReport:
    """Return the report of an order with these members, and of an item with these."""
    order = order_2026({"orderItems": [item_2026(item)]} | (changes or {}))
    return only_read(read_orders(as_lines(order), "us")).payload


def of_order(changes: Json) -> dict[str, Any]:
    instructions = read(changes).instructions
    return instructions.model_dump(mode="json", exclude_none=True, exclude={"items"}) if instructions else {}


def of_item(changes: Json) -> dict[str, Any]:
    instructions = read(item=changes).instructions
    assert instructions is not None
    (item,) = instructions.items
    return item.model_dump(mode="json", exclude_none=True, exclude={"order_item_id"})


def fulfillment(**more: object) -> Json:
    return {"fulfillment": cast(Json, order_2026()["fulfillment"]) | more}


def item_fulfillment(**more: object) -> Json:
    return {"fulfillment": cast(Json, item_2026()["fulfillment"]) | more}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (fulfillment(shipByWindow=WINDOW), {"earliest_ship_date": WINDOW["earliestDateTime"]}),
        (
            fulfillment(deliverByWindow=WINDOW),
            {
                "earliest_delivery_date": WINDOW["earliestDateTime"],
                "latest_delivery_date": WINDOW["latestDateTime"],
            },
        ),
        (fulfillment(labelPrintingWindow=WINDOW), {"labels_printable_from": WINDOW["earliestDateTime"]}),
        ({"programs": ["PREORDER", "PRIME"]}, {"order_type": "Preorder"}),
        ({"programs": ["IN_STORE_PICK_UP"]}, {"is_store_pick_up": True}),
        ({"programs": ["AMAZON_EASY_SHIP", "AMAZON_HAUL"]}, {"is_easy_ship": True, "programs": ["AMAZON_HAUL"]}),
        (
            {"recipient": {"deliveryAddress": {"countryCode": "US", "addressType": "PICKUP_POINT"}}},
            {"is_pick_up_point": True, "address_type": "PICKUP_POINT"},
        ),
        (
            {"recipient": {"deliveryPreference": {"deliveryCapabilities": ["PALLET_ENABLED"]}}},
            {"delivery_capabilities": ["PALLET_ENABLED"]},
        ),
        (
            {"payment": {"paymentExecutions": [{"paymentMethod": "CashOnDelivery", "paymentAmount": money("9.00")}]}},
            {
                "is_cash_on_delivery": True,
                "cash_to_collect": {"currency": "USD", "amount": "9.00"},
                "payment_methods": ["CashOnDelivery"],
            },
        ),
        (
            {"tax": {"taxInvoicing": {"invoiceStatus": "NOT_FOUND", "buyerInvoicePreference": "BUSINESS"}}},
            {"invoice_status": "NOT_FOUND", "invoice_preference": "BUSINESS"},
        ),
        (
            {"associatedOrders": [{"orderId": "111-0000001-0000009", "associationType": "EXCHANGE_ORIGINAL_ID"}]},
            {"exchanged_order_id": "111-0000001-0000009"},
        ),
    ],
)
def test_instructions_of_an_order_are_read(changes: Json, expected: Json) -> None:
    assert of_order(changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"cancellation": {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Too late."}}},
            {"buyer_cancellation": True, "buyer_cancel_reason": "Too late."},
        ),
        ({"cancellation": {"cancellationRequest": {"requester": "BUYER"}}}, {"buyer_cancellation": True}),
        (
            {"cancellation": {"cancellationRequest": {}, "cancellationExecution": {"cancelledBy": "MERCHANT"}}},
            {"buyer_cancellation": False},
        ),
        (
            item_fulfillment(packing={"giftOption": {"giftWrapLevel": "PREMIUM"}}),
            {"is_gift": True, "gift_wrap_level": "PREMIUM"},
        ),
        (
            item_fulfillment(packing={"serialNumberRequirement": {"requirementType": "REQUIRED"}}),
            {"serial_numbers_required": True},
        ),
        (
            item_fulfillment(shipping={"internationalShipping": {"iossNumber": "IM0000000001"}}),
            {"ioss_number": "IM0000000001"},
        ),
        (
            item_fulfillment(shipping={"scheduledDeliveryWindow": WINDOW}),
            {
                "scheduled_delivery_start": WINDOW["earliestDateTime"],
                "scheduled_delivery_end": WINDOW["latestDateTime"],
            },
        ),
        (
            item_fulfillment(shipping={"shippingConstraints": {"cashOnDelivery": "MANDATORY"}}),
            {"delivery_constraints": ["cashOnDelivery"]},
        ),
        (
            item_fulfillment(picking={"substitutionPreference": {"substitutionType": "DO_NOT_SUBSTITUTE"}}),
            {"substitution": "DO_NOT_SUBSTITUTE"},
        ),
        (
            {"tax": {"taxCalculationBreakdowns": [{"reportingScheme": "UOSS"}]}},
            {"deemed_reseller_category": "UOSS"},
        ),
        (
            {"programs": ["TRANSPARENCY", "SUBSCRIBE_AND_SAVE"]},
            {"transparency_codes_required": True, "programs": ["SUBSCRIBE_AND_SAVE"]},
        ),
        ({"measurement": {"unit": "METERS", "value": 2}}, {"measure": "2 METERS"}),
        (
            {"associatedOrderItems": [{"orderId": "111-0000001-0000009", "associationType": "VALUE_ADD_SERVICE"}]},
            {"service_order_id": "111-0000001-0000009"},
        ),
    ],
)
def test_instructions_of_an_item_are_read(changes: Json, expected: Json) -> None:
    assert of_item(changes) == expected


def test_cash_on_delivery_of_an_item_is_the_orders() -> None:
    constraints = {"shippingConstraints": {"cashOnDelivery": "MANDATORY"}}
    instructions = read(item=item_fulfillment(shipping=constraints)).instructions
    assert instructions is not None
    assert instructions.is_cash_on_delivery


@pytest.mark.parametrize(
    "changes",
    [
        {"cancellation": {"cancellationRequest": {"requester": "MERCHANT"}}},
        {"product": {"sellerSku": "MUG", "customization": {"customizedUrl": ""}}},
    ],
)
def test_a_request_of_others_and_an_empty_address_are_no_instructions(changes: Json) -> None:
    assert read(item=changes).instructions is None


def test_texts_and_identity_of_the_buyer_are_personal() -> None:
    registration = {
        "entityType": "BUYER",
        "legalName": "Testers Ltd",
        "taxRegistrationType": "VAT",
        "taxRegistrationNumber": "111",
        "taxRegistrationAttributes": [{"key": "TAX_OFFICE", "value": "Testville"}],
    }
    report = read(
        {
            "buyer": {"buyerCompanyName": "Testers", "buyerPurchaseOrderNumber": "PO-1"},
            "recipient": {"deliveryPreference": {"dropOffLocation": "Porch", "addressInstruction": "Second gate"}},
            "tax": {"taxRegistrations": [registration, registration | {"entityType": "MERCHANT"}]},
        },
        {
            "product": {"sellerSku": "MUG", "customization": {"customizedUrl": "https://example.com/c"}},
            **item_fulfillment(packing={"giftOption": {"giftMessage": "For you"}}),
        },
    )
    personal = report.personal_instructions
    assert personal is not None
    assert personal.model_dump(exclude_none=True) == {
        "purchase_order_number": "PO-1",
        "company_name": "Testers",
        "tax_ids": ("Testers Ltd", "VAT 111", "TAX_OFFICE Testville"),
        "drop_off_location": "Porch",
        "address_instructions": "Second gate",
        "items": ({"order_item_id": "i-1", "gift_message": "For you", "customization_url": "https://example.com/c"},),
    }
    assert of_item({"product": {"sellerSku": "MUG", "customization": {"customizedUrl": "https://example.com/c"}}}) == {
        "is_customized": True
    }
