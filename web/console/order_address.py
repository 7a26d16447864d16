"""The fields of the address on an order's page, and the form that saves them."""

from typing import NamedTuple

from schemas.personal import EDITABLE_ADDRESS_FIELDS

PREFIX = "seen_"
"""Fields of the form with the values that the person saw: an edit of a field that changed meanwhile is refused."""


class AddressField(NamedTuple):
    """A field of the address as the form shows it; `complete` is the browser's word for it."""

    name: str
    label: str
    complete: str


_LABELS = {
    "name": ("Recipient", "shipping name"),
    "company": ("Company", "shipping organization"),
    "line1": ("Shipping address 1", "shipping address-line1"),
    "line2": ("Shipping address 2", "shipping address-line2"),
    "line3": ("Shipping address 3", "shipping address-line3"),
    "city": ("City", "shipping address-level2"),
    "region": ("Region", "shipping address-level1"),
    "postal_code": ("Postal code", "shipping postal-code"),
    "country_code": ("Country", "shipping country"),
    "phone": ("Phone number", "shipping tel"),
}
FIELDS = tuple(AddressField(name, *_LABELS[name]) for name in EDITABLE_ADDRESS_FIELDS)


def entered_fields(form: dict[str, str]) -> dict[str, str]:
    """Return the fields of the address in a form that was sent."""
    return {name: form[name].strip() for name in EDITABLE_ADDRESS_FIELDS if name in form}


def seen_fields(form: dict[str, str]) -> dict[str, str]:
    """Return the fields as the person saw them."""
    return {name: form[f"{PREFIX}{name}"] for name in EDITABLE_ADDRESS_FIELDS if f"{PREFIX}{name}" in form}
