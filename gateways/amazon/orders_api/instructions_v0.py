"""Parses the instructions in an order of the Orders API v0: its demands beyond goods and address."""

from collections.abc import Sequence

from gateways.amazon.delivery_preferences import read_capabilities, read_preferences
from gateways.amazon.fields import Fields
from gateways.amazon.money import Facts
from gateways.amazon.payload import demanded, listed, reported

_CONSTRAINTS = ("PalletDelivery", "SignatureConfirmation", "RecipientIdentityVerification", "RecipientAgeVerification")


def read_instructions(order: Fields, items: Sequence[Fields]) -> Facts:
    """Parse the instructions of an Order and its OrderItems."""
    settings = order.part("AutomatedShippingSettings")
    return reported(
        {
            "earliest_ship_date": order.text("EarliestShipDate"),
            "earliest_delivery_date": order.text("EarliestDeliveryDate"),
            "latest_delivery_date": order.text("LatestDeliveryDate"),
            "promise_response_due_date": order.text("PromiseResponseDueDate"),
            "shipping_speed": order.text("ShipmentServiceLevelCategory"),
            "order_type": demanded(order.text("OrderType"), "StandardOrder"),
            **_payment(order),
            "is_store_pick_up": order.truth("IsISPU") or None,
            "is_pick_up_point": order.truth("IsAccessPointOrder") or None,
            "address_type": order.part("ShippingAddress").text("AddressType"),
            "delivery_capabilities": read_capabilities(order.part("DeliveryPreferences")),
            "supply_source_id": order.part("FulfillmentInstruction").text("FulfillmentSupplySourceId"),
            "has_regulated_items": order.truth("HasRegulatedItems") or None,
            "is_global_express": order.truth("IsGlobalExpressEnabled") or None,
            "easy_ship_status": order.text("EasyShipShipmentStatus"),
            "prescribed_carrier": settings.text("AutomatedCarrier"),
            "prescribed_ship_method": settings.text("AutomatedShipMethod"),
            "invoice_status": demanded(order.text("ElectronicInvoiceStatus"), "NotRequired"),
            "invoice_preference": order.text("BuyerInvoicePreference"),
            "is_sold_by_amazon_business": order.truth("IsSoldByAB") or order.truth("IsIBA") or None,
            "items": listed(_item(item) for item in items),
        }
    )


def read_personal_instructions(order: Fields, items: Sequence[Fields]) -> Facts:
    """Parse the personal instructions of an Order and its OrderItems."""
    buyer = order.part("BuyerInfo")
    return reported(
        {
            "purchase_order_number": buyer.text("PurchaseOrderNumber"),
            "company_name": order.text("BuyerCompanyName"),
            "tax_ids": _tax_ids(buyer.part("BuyerTaxInfo"), order.part("BuyerTaxInformation")),
            **read_preferences(order.part("DeliveryPreferences")),
            "items": listed(_personal_item(item) for item in items),
        }
    )


def _payment(order: Fields) -> Facts:
    """Parse how the buyer pays; `Standard` and `Other` demand nothing."""
    executions = order.parts("PaymentExecutionDetail")
    names = {order.text("PaymentMethod"), *(order.words("PaymentMethodDetails") or ())}
    names |= {execution.text("PaymentMethod") for execution in executions}
    cash = [execution.money("Payment") for execution in executions if execution.text("PaymentMethod") == "COD"]
    return {
        "is_cash_on_delivery": bool(names & {"COD", "CashOnDelivery"}) or None,
        "cash_to_collect": cash[0] if len(cash) == 1 else None,
        "payment_methods": sorted(name for name in names if name and name not in ("Standard", "Other")) or None,
    }


def _item(item: Fields) -> Facts:
    cancel, gift = item.part("BuyerRequestedCancel"), item.part("BuyerInfo")
    measure = item.part("Measurement")
    constraints = item.part("ShippingConstraints")
    service = next((part for part in item.parts("AssociatedItems") if "OrderId" in part), Fields({}))
    return {
        "order_item_id": item.text("OrderItemId"),
        "buyer_cancellation": cancel.truth("IsBuyerRequestedCancel"),
        "buyer_cancel_reason": cancel.text("BuyerCancelReason"),
        "is_customized": "CustomizedURL" in gift.part("BuyerCustomizedInfo") or None,
        "is_gift": item.truth("IsGift") or None,
        "gift_wrap_level": gift.text("GiftWrapLevel"),
        "ioss_number": item.text("IossNumber"),
        "deemed_reseller_category": item.text("DeemedResellerCategory"),
        "scheduled_delivery_start": item.text("ScheduledDeliveryStartDate"),
        "scheduled_delivery_end": item.text("ScheduledDeliveryEndDate"),
        "serial_numbers_required": item.truth("SerialNumberRequired") or None,
        "transparency_codes_required": item.truth("IsTransparency") or None,
        "delivery_constraints": [name for name in _CONSTRAINTS if name in constraints] or None,
        "substitution": item.part("SubstitutionPreferences").text("SubstitutionType"),
        "measure": f"{measure.value('Value')} {measure.text('Unit')}" if "Value" in measure else None,
        "store_chain_store_id": item.text("StoreChainStoreId"),
        "service_order_id": service.text("OrderId"),
        "programs": sorted(item.part("AmazonPrograms").words("Programs") or ()) or None,
    }


def _personal_item(item: Fields) -> Facts:
    gift = item.part("BuyerInfo")
    return {
        "order_item_id": item.text("OrderItemId"),
        "gift_message": gift.text("GiftMessageText"),
        "customization_url": gift.part("BuyerCustomizedInfo").text("CustomizedURL"),
    }


def _tax_ids(by_buyer: Fields, turkish: Fields) -> list[str] | None:
    """Return the buyer's names and numbers for invoices, of Brazil, India and Mexico, and of Turkey."""
    texts = [
        by_buyer.text("CompanyLegalName"),
        *(
            f"{classification.text('Name')} {classification.text('Value')}"
            for classification in by_buyer.parts("TaxClassifications")
        ),
        turkish.text("BuyerLegalCompanyName"),
        turkish.text("BuyerBusinessAddress"),
        turkish.text("BuyerTaxRegistrationId"),
        turkish.text("BuyerTaxOffice"),
    ]
    return [text for text in texts if text] or None
