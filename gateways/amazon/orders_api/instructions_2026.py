"""Parses the instructions in an order of the Orders API 2026-01-01: its demands beyond goods and address."""

from gateways.amazon.delivery_preferences import read_capabilities, read_preferences
from gateways.amazon.fields import Fields
from gateways.amazon.money import Facts
from gateways.amazon.payload import demanded, listed, reported

_STATED_ELSEWHERE = {
    *("PRIME", "AMAZON_BUSINESS", "PREMIUM"),
    *("IN_STORE_PICK_UP", "AMAZON_EASY_SHIP", "PREORDER", "TRANSPARENCY"),
}
"""Programs that are facts of their own."""

_CONSTRAINTS = (
    *("palletDelivery", "cashOnDelivery", "signatureConfirmation"),
    *("recipientIdentityVerification", "recipientAgeVerification"),
)
_CASH = ("CashOnDelivery", "COD")


def read_instructions(order: Fields) -> Facts:
    """Parse the instructions of an Order and its items."""
    fulfillment, recipient = order.part("fulfillment"), order.part("recipient")
    address_type = recipient.part("deliveryAddress").text("addressType")
    programs = order.words("programs") or set()
    delivery, invoicing = fulfillment.part("deliverByWindow"), order.part("tax").part("taxInvoicing")
    return reported(
        {
            "earliest_ship_date": fulfillment.part("shipByWindow").text("earliestDateTime"),
            "earliest_delivery_date": delivery.text("earliestDateTime"),
            "latest_delivery_date": delivery.text("latestDateTime"),
            "labels_printable_from": fulfillment.part("labelPrintingWindow").text("earliestDateTime"),
            "order_type": "Preorder" if "PREORDER" in programs else None,
            **_payment(order),
            "is_store_pick_up": "IN_STORE_PICK_UP" in programs or None,
            "is_pick_up_point": address_type == "PICKUP_POINT" or None,
            "address_type": address_type,
            "delivery_capabilities": read_capabilities(recipient.part("deliveryPreference")),
            "is_easy_ship": "AMAZON_EASY_SHIP" in programs or None,
            "invoice_status": demanded(invoicing.text("invoiceStatus"), "NOT_REQUIRED"),
            "invoice_preference": invoicing.text("buyerInvoicePreference"),
            "exchanged_order_id": _exchanged(order),
            "programs": sorted(programs - _STATED_ELSEWHERE) or None,
            "items": listed(_item(item) for item in order.parts("orderItems")),
        }
    )


def read_personal_instructions(order: Fields) -> Facts:
    """Parse the personal instructions of an Order and its items."""
    buyer = order.part("buyer")
    return reported(
        {
            "purchase_order_number": buyer.text("buyerPurchaseOrderNumber"),
            "company_name": buyer.text("buyerCompanyName"),
            "tax_ids": _tax_ids(order.part("tax")),
            **read_preferences(order.part("recipient").part("deliveryPreference")),
            "items": listed(_personal_item(item) for item in order.parts("orderItems")),
        }
    )


def _payment(order: Fields) -> Facts:
    """Parse how the buyer pays. That the carrier collects the payment is also a constraint of the order's items."""
    executions = order.part("payment").parts("paymentExecutions")
    methods = {method for execution in executions if (method := execution.text("paymentMethod"))}
    items = order.parts("orderItems")
    cash = [execution.money("paymentAmount") for execution in executions if execution.text("paymentMethod") in _CASH]
    return {
        "is_cash_on_delivery": not methods.isdisjoint(_CASH) or any(map(_is_collected, items)) or None,
        "cash_to_collect": cash[0] if len(cash) == 1 else None,
        "payment_methods": sorted(methods) or None,
    }


def _is_collected(item: Fields) -> bool:
    return "cashOnDelivery" in item.part("fulfillment").part("shipping").part("shippingConstraints")


def _exchanged(order: Fields) -> str | None:
    exchanges = (
        other.text("orderId")
        for other in order.parts("associatedOrders")
        if other.text("associationType") == "EXCHANGE_ORIGINAL_ID"
    )
    return next(exchanges, None)


def _item(item: Fields) -> Facts:
    fulfillment, measure = item.part("fulfillment"), item.part("measurement")
    packing, shipping = fulfillment.part("packing"), fulfillment.part("shipping")
    window, constraints = shipping.part("scheduledDeliveryWindow"), shipping.part("shippingConstraints")
    programs = item.words("programs") or set()
    schemes = {tax.text("reportingScheme") for tax in item.part("tax").parts("taxCalculationBreakdowns")} - {None}
    serials = packing.part("serialNumberRequirement").text("requirementType")
    return {
        "order_item_id": item.text("orderItemId"),
        **_cancellation(item.part("cancellation")),
        "is_customized": "customizedUrl" in item.part("product").part("customization") or None,
        "is_gift": any(name in packing.part("giftOption") for name in ("giftMessage", "giftWrapLevel")) or None,
        "gift_wrap_level": packing.part("giftOption").text("giftWrapLevel"),
        "ioss_number": shipping.part("internationalShipping").text("iossNumber"),
        "deemed_reseller_category": ", ".join(sorted(map(str, schemes))) or None,
        "scheduled_delivery_start": window.text("earliestDateTime"),
        "scheduled_delivery_end": window.text("latestDateTime"),
        "serial_numbers_required": serials == "REQUIRED" or None,
        "transparency_codes_required": "TRANSPARENCY" in programs or None,
        "delivery_constraints": [name for name in _CONSTRAINTS if name in constraints] or None,
        "substitution": fulfillment.part("picking").part("substitutionPreference").text("substitutionType"),
        "measure": f"{measure.value('value')} {measure.text('unit')}" if "value" in measure else None,
        "service_order_id": _service(item),
        "programs": sorted(programs - _STATED_ELSEWHERE) or None,
    }


def _cancellation(cancellation: Fields) -> Facts:
    """Parse a request to cancel: one with an execution is decided, and one of others than the buyer is none."""
    request = cancellation.part("cancellationRequest")
    if "cancellationRequest" not in cancellation or request.text("requester") not in (None, "BUYER"):
        return {}
    is_open = "cancellationExecution" not in cancellation
    return {"buyer_cancellation": is_open, "buyer_cancel_reason": request.text("cancelReason")}


def _service(item: Fields) -> str | None:
    services = item.parts("associatedOrderItems")
    return next(
        (service.text("orderId") for service in services if service.text("associationType") == "VALUE_ADD_SERVICE"),
        None,
    )


def _personal_item(item: Fields) -> Facts:
    return {
        "order_item_id": item.text("orderItemId"),
        "gift_message": item.part("fulfillment").part("packing").part("giftOption").text("giftMessage"),
        "customization_url": item.part("product").part("customization").text("customizedUrl"),
    }


def _tax_ids(tax: Fields) -> list[str] | None:
    """Return the buyer's names and numbers for invoices; those of the seller and of Amazon are known."""
    texts: list[str | None] = []
    for registration in tax.parts("taxRegistrations"):
        if registration.text("entityType") == "BUYER":
            number = (registration.text("taxRegistrationType"), registration.text("taxRegistrationNumber"))
            attributes = registration.parts("taxRegistrationAttributes")
            texts += [registration.text("legalName"), " ".join(filter(None, number))]
            texts += [f"{attribute.text('key')} {attribute.text('value')}" for attribute in attributes]
    return [text for text in texts if text] or None
