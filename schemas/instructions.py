"""An order's demands of staff beyond its goods and its address, as Amazon reports them: dates, gifts, pick-up, taxes.

`OrderInstructions` and `ItemInstructions` have no personal data; the texts of buyers are in `PersonalInstructions`,
which goes into the vault. All fields are optional, and `None` means: not reported. The fields follow Amazon's models
Orders API v0 and 2026-01-01 and ORDER_CHANGE 1.0; docs/events.md states each one's source.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypeVar

from pydantic import AfterValidator, Field

from schemas.fields import AmazonOrderId, Moment, Name, Text
from schemas.money import Money
from schemas.value import Value

MAX_INSTRUCTED_ITEMS = 1000
"""As many as a report may have items."""

Names = Annotated[tuple[Name, ...], Field(max_length=50)]
"""A list of words of Amazon's."""


class ItemInstructions(Value):
    """The demands of one line of an order. The item of `order_item_id` need not be in the same report."""

    order_item_id: Name
    buyer_cancellation: bool | None = None
    buyer_cancel_reason: Text | None = None
    is_customized: bool | None = None
    is_gift: bool | None = None
    gift_wrap_level: Text | None = None
    ioss_number: Name | None = None
    deemed_reseller_category: Name | None = None
    scheduled_delivery_start: Moment | None = None
    scheduled_delivery_end: Moment | None = None
    earliest_delivery_date: Moment | None = None
    latest_delivery_date: Moment | None = None
    serial_numbers_required: bool | None = None
    transparency_codes_required: bool | None = None
    delivery_constraints: Names | None = None
    substitution: Name | None = None
    measure: Name | None = None
    store_chain_store_id: Name | None = None
    supply_source_id: Name | None = None
    service_order_id: AmazonOrderId | None = None
    programs: Names | None = None


class PersonalItemInstructions(Value):
    """A buyer's texts for one line. Anyone with the address in `customization_url` can read the buyer's entries."""

    order_item_id: Name
    gift_message: Text | None = None
    customization_url: Text | None = None


Lines = TypeVar("Lines", bound=Sequence[ItemInstructions | PersonalItemInstructions])


def _each_line_once(items: Lines) -> Lines:
    if len({item.order_item_id for item in items}) != len(items):
        raise ValueError("two of the instructions' items have the same order_item_id")
    return items


class OrderInstructions(Value):
    """The demands of an order as a whole, and those of its lines, each `order_item_id` once."""

    buyer_cancellation: bool | None = None
    buyer_cancel_reason: Text | None = None
    earliest_ship_date: Moment | None = None
    earliest_delivery_date: Moment | None = None
    latest_delivery_date: Moment | None = None
    labels_printable_from: Moment | None = None
    cancel_notify_date: Moment | None = None
    promise_response_due_date: Moment | None = None
    shipping_speed: Name | None = None
    order_type: Name | None = None
    is_cash_on_delivery: bool | None = None
    cash_to_collect: Money | None = None
    payment_methods: Names | None = None
    is_store_pick_up: bool | None = None
    is_pick_up_point: bool | None = None
    address_type: Name | None = None
    delivery_capabilities: Names | None = None
    supply_source_id: Name | None = None
    has_regulated_items: bool | None = None
    is_signature_recommended: bool | None = None
    is_global_express: bool | None = None
    is_easy_ship: bool | None = None
    easy_ship_status: Name | None = None
    prescribed_carrier: Text | None = None
    prescribed_ship_method: Text | None = None
    invoice_status: Name | None = None
    invoice_preference: Name | None = None
    is_sold_by_amazon_business: bool | None = None
    exchanged_order_id: AmazonOrderId | None = None
    programs: Names | None = None
    items: Annotated[
        tuple[ItemInstructions, ...], Field(max_length=MAX_INSTRUCTED_ITEMS), AfterValidator(_each_line_once)
    ] = ()


class PersonalInstructions(Value):
    """Instructions with personal data: the buyer's texts, and the identity of the buyer's business."""

    purchase_order_number: Text | None = None
    company_name: Text | None = None
    tax_ids: Annotated[tuple[Text, ...], Field(max_length=50)] | None = None
    drop_off_location: Text | None = None
    address_instructions: Text | None = None
    delivery_hours: Text | None = None
    items: Annotated[
        tuple[PersonalItemInstructions, ...], Field(max_length=MAX_INSTRUCTED_ITEMS), AfterValidator(_each_line_once)
    ] = ()


class RecordedInstructions(Value):
    """The instructions of an order as it is recorded.

    `stamps` has the stamp of the report that each fact is from, also of the personal ones, which are in the vault; a
    key is the fact's name, of a line's fact `NAME:ORDER_ITEM_ID`.
    """

    facts: OrderInstructions = Field(default_factory=OrderInstructions)
    stamps: dict[str, int] = Field(default_factory=dict)


class DeclinedCancellation(Value):
    """An operator's decision to import an order that its buyer asked to cancel.

    `keys` are the requests that were known then: `order_item_id` of lines, an empty text for the whole order.
    """

    keys: tuple[str, ...]
    who: str
    at: Moment
    reason: str


FactValue = bool | Moment | Money | tuple[str, ...] | str
"""The value of a fact, as in the models above."""


class Instruction(NamedTuple):
    """One instruction for people: the fact's name, the line it is about, its value, and a sentence.

    `value` is None where the fact is personal and the vault was not read, or no longer has it; the sentence says so.
    """

    name: str
    order_item_id: str | None
    value: FactValue | None
    text: str
    is_personal: bool = False
