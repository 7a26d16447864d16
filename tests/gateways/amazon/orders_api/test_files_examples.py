"""Orders in the shapes of the examples of Amazon's API descriptions, with invented contents: all read and add up."""

import pytest

from gateways.amazon.orders_api.files import read_orders
from handlers.rules.fold_report import fold_report, new_order
from handlers.rules.totals import Totals, compute_totals
from tests.gateways.amazon.samples import (
    Json,
    as_lines,
    dollars,
    item_2026,
    money,
    only_read,
    order_2026,
    v0_item,
    v0_order,
)

BARE: Json = dict.fromkeys(("ItemTax", "ShippingPrice", "ShippingTax", "PromotionDiscount", "ShippingDiscount"))
EURO = {"CurrencyCode": "EUR", "Amount": "20.00"}
DATES = {
    "EarliestShipDate": "1970-01-19T03:59:27Z",
    "LatestShipDate": "1970-01-19T04:05:13Z",
    "EarliestDeliveryDate": "1970-01-19T04:06:39Z",
    "LatestDeliveryDate": "1970-01-19T04:15:17Z",
}
V0: list[tuple[Json, Json]] = [
    (
        {
            "OrderStatus": "Pending",
            "OrderTotal": None,
            "ShippingAddress": None,
            "PaymentMethod": "Other",
            "PaymentMethodDetails": ["CreditCard", "GiftCertificate"],
            "BuyerInfo": {
                "BuyerEmail": "buyer@example.com",
                "BuyerTaxInfo": {
                    "CompanyLegalName": "Testers",
                    "TaxingRegion": "US",
                    "TaxClassifications": [{"Name": "VAT", "Value": "1"}],
                },
                "PurchaseOrderNumber": "PO-1",
            },
        },
        BARE,
    ),
    (
        DATES
        | {
            "OrderTotal": dollars("20.00"),
            "DefaultShipFromLocationAddress": {"Name": "Depot", "CountryCode": "US", "Phone": "+1 555"},
            "FulfillmentInstruction": {"FulfillmentSupplySourceId": "depot"},
            "AutomatedShippingSettings": {"HasAutomatedShippingSettings": False},
            "IsReplacementOrder": False,
            "NumberOfItemsShipped": 0,
            "NumberOfItemsUnshipped": 2,
        },
        BARE
        | {
            "BuyerRequestedCancel": {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": "No need."},
            "StoreChainStoreId": "store-7",
            "DeemedResellerCategory": "IOSS",
            "ConditionId": "Used",
            "ProductInfo": {"NumberOfItems": "1"},
            "TaxCollection": {"Model": "MarketplaceFacilitator", "ResponsibleParty": "Amazon Services, Inc."},
        },
    ),
    (DATES | {"OrderTotal": dollars("20.00"), "EasyShipShipmentStatus": "PendingPickUp"}, BARE),
    (
        {
            "OrderStatus": "Shipped",
            "FulfillmentChannel": "AFN",
            "MarketplaceId": "A1PA6795UKMFR9",
            "OrderTotal": EURO,
            "PaymentMethodDetails": ["Invoice"],
            "PaymentExecutionDetail": [{"PaymentMethod": "Pix", "Payment": EURO, "AcquirerId": "1"}],
            "IsSoldByAB": True,
            "IsIBA": True,
            "ElectronicInvoiceStatus": "NotRequired",
        },
        BARE | {"ItemPrice": EURO, "SerialNumbers": ["S-1"], "PointsGranted": {"PointsNumber": 10}},
    ),
    (
        {"OrderTotal": dollars("31.00")},
        BARE
        | {
            "ShippingPrice": dollars("2.00"),
            "CODFee": dollars("10.00"),
            "CODFeeDiscount": dollars("1.00"),
            "PriceDesignation": "BusinessPrice",
            "PromotionIds": ["FREESHIP"],
        },
    ),
]


def simple(total: str, currency: str, quantity: int = 1, **more: object) -> Json:
    """An item of 2026-01-01 whose total is its price."""
    amount = money(total, currency)
    proceeds = {"proceedsTotal": amount, "breakdowns": [{"type": "ITEM", "subtotal": amount}]}
    counts = {"quantityFulfilled": 0, "quantityUnfulfilled": quantity}
    return item_2026({"quantityOrdered": quantity, "proceeds": proceeds, "fulfillment": counts} | more)


def order(total: str, currency: str, items: list[Json], **more: object) -> Json:
    """An unshipped order of 2026-01-01."""
    unshipped = {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT", "fulfillmentServiceLevel": "STANDARD"}
    defaults = {"fulfillment": unshipped, "proceeds": {"grandTotal": money(total, currency)}, "orderItems": items}
    return order_2026(defaults | more)


REQUEST = {
    "cancellationRequest": {"requester": "BUYER", "cancelReason": "Changed mind"},
    "cancellationExecution": {"cancelledBy": "MERCHANT", "cancelReason": "Asked for"},
}
SHIPPED = {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON", "fulfillmentServiceLevel": "STANDARD"}
TAXED: Json = {
    "proceedsTotal": money("49.00"),
    "breakdowns": [{"type": "ITEM", "subtotal": money("39.00")}, {"type": "TAX", "subtotal": money("10.00")}],
}
WITH_TIP = {
    "grandTotal": money("154.98"),
    "breakdowns": [
        {"type": "ITEM", "subtotal": money("149.96")},
        {"type": "DELIVERY_TIP", "status": "FINALIZED", "subtotal": money("5.02")},
    ],
}
BUYER_TAX = {"entityType": "BUYER", "legalName": "Testers", "taxRegistrationType": "VAT", "taxRegistrationNumber": "1"}
V2026: list[Json] = [
    order(
        "154.98",
        "USD",
        [simple("99.98", "USD", 2, cancellation=REQUEST), simple("49.98", "USD", orderItemId="i-2", programs=[])],
        proceeds=WITH_TIP,
        associatedOrders=[{"orderId": "111-0000001-0000002", "associationType": "REPLACEMENT_ORIGINAL_ID"}],
    ),
    order(
        "19940",
        "JPY",
        [simple("5980", "JPY"), simple("13960", "JPY", 2, orderItemId="i-2", expense={"pointsCost": {}})],
        fulfillment=SHIPPED,
        associatedOrders=[],
    ),
    order("34.99", "GBP", [simple("34.99", "GBP", measurement={"unit": "COUNT", "value": 1})]),
    order(
        "1599.90",
        "BRL",
        [simple("1599.90", "BRL")],
        tax={"taxRegistrations": [BUYER_TAX], "taxInvoicing": {"invoiceStatus": "PROCESSING"}},
        payment={"paymentExecutions": [{"paymentMethod": "CreditCard", "paymentAmount": money("1599.90", "BRL")}]},
    ),
    order_2026({"fulfillmentOrders": [{"fulfillmentOrderId": "f-1"}], "packages": [{"packageReferenceId": "p-1"}]}),
    order("299.90", "BRL", [simple("299.90", "BRL")]),
    order("125.00", "TRY", [simple("125.00", "TRY", 2, tax={"taxCollections": [{"model": "X"}]})]),
    order("49.00", "USD", [simple("49.00", "USD", proceeds=TAXED)], programs=["IN_STORE_PICK_UP"]),
]


@pytest.mark.parametrize(
    "document", [*(v0_order(changes, [v0_item(item)]) for changes, item in V0), *V2026], ids=lambda _: "example"
)
def test_an_order_in_the_shape_of_an_example_reads_and_adds_up(document: Json) -> None:
    report = only_read(read_orders(as_lines(document), "us")).payload
    order = new_order(report)
    assert isinstance(compute_totals(order.model_copy(update=fold_report(order, report))), Totals)
