"""The instructions of an order in sentences, for people and for the comment of the Commerce order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.rules.fold_instructions import facts_of
from schemas.instructions import FactValue, Instruction, PersonalInstructions
from schemas.order import Order

_TEXTS = {
    "buyer_cancellation": "The buyer asked to cancel",
    "is_prime": "Prime order: Amazon's Prime promise for shipping and delivery applies",
    "is_premium": "Premium order: Amazon's premium shipping promise applies",
    "is_business": "Amazon Business order",
    "purchase_order_number": "The buyer's purchase order number: {}",
    "company_name": "The buyer's company: {}",
    "tax_ids": "The buyer's tax registrations: {}",
    "ship_service_level": "Shipping service: {}",
    "shipping_speed": "Shipping speed: {}",
    "earliest_ship_date": "Ship from {}",
    "latest_ship_date": "Ship by {}",
    "earliest_delivery_date": "Deliver from {}",
    "latest_delivery_date": "Deliver by {}",
    "scheduled_delivery_start": "Scheduled delivery, from {}",
    "scheduled_delivery_end": "Scheduled delivery, until {}",
    "labels_printable_from": "The shipping label can be printed from {}",
    "cancel_notify_date": "A cancellation must be reported to Amazon by {}",
    "promise_response_due_date": "Tell the buyer the estimated ship date by {}",
    "order_type": "Kind of order: {}",
    "is_cash_on_delivery": "Cash on delivery: the carrier collects the payment",
    "cash_to_collect": "To be collected on delivery: {}",
    "payment_methods": "Payment: {}",
    "is_store_pick_up": "Store pick-up: the buyer collects it, do not ship",
    "store_chain_store_id": "Store of the pick-up: {}",
    "supply_source_id": "Ship from the location {}",
    "is_pick_up_point": "Locker or pick-up point: use a carrier that delivers there",
    "address_type": "Kind of address: {}",
    "delivery_capabilities": "At the address: {}",
    "drop_off_location": "Drop-off location: {}",
    "address_instructions": "Instructions for the address: {}",
    "delivery_hours": "Delivery hours: {}",
    "has_regulated_items": "Regulated goods: Amazon's approval may be needed before shipping, see Seller Central",
    "is_signature_recommended": "Ship with confirmation by signature (recommended by Amazon)",
    "delivery_constraints": "Mandatory on delivery: {}",
    "serial_numbers_required": "Serial numbers must be given when shipping",
    "transparency_codes_required": "Transparency codes must be given when shipping",
    "is_global_express": "Global Express order",
    "is_easy_ship": "Amazon Easy Ship: Amazon's carrier picks it up",
    "easy_ship_status": "Amazon Easy Ship status: {}",
    "prescribed_carrier": "Carrier of the automated shipping settings: {}",
    "prescribed_ship_method": "Shipping method of the automated shipping settings: {}",
    "invoice_status": "Electronic invoice: {}",
    "invoice_preference": "The buyer wants an invoice of the kind {}",
    "is_sold_by_amazon_business": "Amazon Business EU buys and resells it: the invoice goes to Amazon",
    "replaces_order_id": "Replaces order {}",
    "exchanged_order_id": "Exchange for order {}",
    "programs": "Amazon programs: {}",
    "is_customized": "Customized: made to what the buyer entered (Amazon Custom)",
    "customization_url": "Customization data: {}",
    "is_gift": "Gift",
    "gift_wrap_level": "Gift wrap: {}",
    "gift_message": "Gift message: {}",
    "ioss_number": "IOSS number for the carrier: {}",
    "deemed_reseller_category": "Amazon is the deemed reseller and accounts for the VAT: {}",
    "substitution": "Substitution: {}",
    "measure": "Measure: {}",
    "service_order_id": "A service was bought with it, order {}",
}
"""A sentence for each fact, in the order in which they are listed; `{}` is its value."""

_FACTS = (
    *("is_prime", "is_premium", "is_business"),
    *("ship_service_level", "latest_ship_date", "replaces_order_id"),
)
"""Facts of the order itself that are instructions, too."""

_IN_VAULT = "personal, in the vault"


def instructions_of(order: Order, personal: PersonalInstructions | None = None) -> tuple[Instruction, ...]:
    """Return all instructions of an order, those of the order first; facts that are false are none.

    The values of personal ones are in it where *personal* has them.
    """
    facts = {name: value for name in _FACTS if (value := getattr(order, name))}
    if order.instructions is None:
        return tuple(_instruction(key, value) for key, value in sorted(facts.items(), key=_position))
    recorded = facts_of(order.instructions.facts)
    facts |= {key: value for key, value in recorded.items() if value and _name(key) in _TEXTS}
    listed = [_instruction(key, value, _reason(recorded, key)) for key, value in sorted(facts.items(), key=_position)]
    values = facts_of(personal)
    of_vault = dict.fromkeys(order.instructions.stamps.keys() - recorded.keys())
    listed += [_personal(key, values.get(key)) for key, _ in sorted(of_vault.items(), key=_position)]
    return (*listed, *_declined(order))


def with_sku(order: Order, instruction: Instruction) -> str:
    """Return the sentence of an instruction; of a line's, the line's seller SKU comes first."""
    if instruction.order_item_id is None:
        return instruction.text
    lines = (*order.lines, *order.removed_lines)
    sku = next((line.seller_sku for line in lines if line.order_item_id == instruction.order_item_id), None)
    return f"{sku or 'item ' + instruction.order_item_id}: {instruction.text}"


def _instruction(key: str, value: FactValue, reason: str = "") -> Instruction:
    name, _, item_id = key.partition(":")
    return Instruction(name, item_id or None, value, _TEXTS[name].format(_text(value)) + reason)


def _personal(key: str, value: FactValue | None) -> Instruction:
    name, _, item_id = key.partition(":")
    text = _IN_VAULT if value is None else _text(value)
    return Instruction(name, item_id or None, value, _TEXTS[name].format(text), is_personal=True)


def _reason(facts: Mapping[str, Any], key: str) -> str:
    """Return the buyer's reason, in brackets, for a request to cancel; nothing for another fact."""
    name, colon, item_id = key.partition(":")
    reason = facts.get(f"buyer_cancel_reason{colon}{item_id}") if name == "buyer_cancellation" else None
    return f" ({reason})" if reason else ""


def _declined(order: Order) -> list[Instruction]:
    declined = order.declined_cancellation
    text = f"The buyer's request to cancel was declined by {declined.who} ({declined.reason})" if declined else ""
    return [Instruction("declined_cancellation", None, declined.reason, text)] if declined else []


def _position(fact: tuple[str, object]) -> tuple[str, int]:
    name, _, item_id = fact[0].partition(":")
    return item_id, _POSITIONS[name]


_POSITIONS = {name: position for position, name in enumerate(_TEXTS)}


def _name(key: str) -> str:
    return key.partition(":")[0]


def _text(value: FactValue) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
