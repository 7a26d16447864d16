"""The forms of Commerce's entities: the types of the fields that Crossdock reads, and all others as they came.

Source: Adobe Commerce's OpenAPI description, sales, catalog, inventory and quote. Ids are numbers in some answers and
texts in others; any field may be null or absent.
"""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.fields import NO_NUL, Name

PLACES = 6
"""Places after the point; PHP writes some sums with the error of their binary fraction, such as 33.989999999999995."""


def _rounded(number: Decimal) -> Decimal:
    places = number.as_tuple().exponent
    return round(number, PLACES) if isinstance(places, int) and places < -PLACES else number


Id = Annotated[int, Field(ge=0, lt=2**63)] | None
Number = Annotated[Decimal, Field(gt=-(10**12), lt=10**12), AfterValidator(_rounded)] | None
Text = str | None
Label = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL, strip_whitespace=True)] | None
Sku = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")] | None
Currency = Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] | None


class Form(BaseModel):
    """A JSON object of Commerce's."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class OrderItem(Form):
    """A line of an order."""

    item_id: Id = None
    sku: Text = None
    product_id: Id = None
    product_type: Text = None
    qty_ordered: Number = None
    qty_invoiced: Number = None
    qty_shipped: Number = None
    qty_canceled: Number = None
    qty_refunded: Number = None
    ext_order_item_id: Label = None


class Order(Form):
    """An order; `relation_child_id` and `relation_parent_id` are the ids of those that an edit has made of it."""

    entity_id: Id = None
    increment_id: Name | None = None
    ext_order_id: Text = None
    quote_id: Id = None
    state: Label = None
    status: Label = None
    store_id: Id = None
    customer_email: Text = None
    order_currency_code: Currency = None
    grand_total: Number = None
    base_grand_total: Number = None
    total_due: Number = None
    total_paid: Number = None
    relation_child_id: Id = None
    relation_parent_id: Id = None
    items: list[OrderItem] | None = None


class OrderAddress(Form):
    """An address of an order."""

    entity_id: Id = None
    address_type: Text = None


class Shipping(Form):
    """The shipping of an order, or of a part of it."""

    address: OrderAddress | None = None


class Assignment(Form):
    """The part of an order that has a shipping of its own."""

    shipping: Shipping | None = None


class Assignments(Form):
    """The fields of an order that Commerce counts as extensions."""

    shipping_assignments: list[Assignment] | None = None


class OrderAddresses(Form):
    """The addresses of an order."""

    billing_address: OrderAddress | None = None
    extension_attributes: Assignments | None = None


class Attribute(Form):
    """An attribute of a product; a value may be a list, too."""

    attribute_code: Text = None
    value: Any = None


class Product(Form):
    """A product."""

    id: Id = None
    sku: Sku = None
    name: Text = None
    status: Id = None
    type_id: Text = None
    custom_attributes: list[Attribute] | None = None


class Stock(Form):
    """The stock of a product: at a source (`quantity`), salable on a website (`qty`), or its rules (`min_qty`)."""

    sku: Text = None
    quantity: Number = None
    qty: Number = None
    status: Id = None
    min_qty: Number = None


class ShipmentItem(Form):
    """A line of a shipment."""

    order_item_id: Id = None
    qty: Number = None


class ShipmentTrack(Form):
    """A tracking number of a shipment."""

    entity_id: Id = None
    track_number: Text = None
    carrier_code: Text = None
    title: Text = None
    created_at: Text = None


class ShipmentComment(Form):
    """A comment on a shipment."""

    comment: Text = None


class Shipment(Form):
    """A shipment."""

    entity_id: Id = None
    order_id: Id = None
    store_id: Id = None
    created_at: Text = None
    updated_at: Text = None
    items: list[ShipmentItem] | None = None
    tracks: list[ShipmentTrack] | None = None
    comments: list[ShipmentComment] | None = None


class CartItem(Form):
    """A line of a cart, also in its totals."""

    sku: Text = None
    qty: Number = None


class CartForm(Form):
    """A cart, or its totals."""

    is_active: Any = None
    items: list[CartItem] | None = None


class ShippingInformation(Form):
    """The answer to a cart's shipping information."""

    totals: CartForm | None = None


class StoreView(Form):
    """A store view."""

    id: Id = None
    code: Text = None


class Region(Form):
    """A region of a country."""

    id: Id = None
    code: Text = None
    name: Text = None


class Country(Form):
    """A country with its regions, if Commerce knows any."""

    available_regions: list[Region] | None = None
