"""The order settings of a store as a form: each field with its options, its default, and when it counts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from operations.context import Context
from operations.errors import RefusedActionError
from operations.stores import show_store
from schemas.store import CustomerCreation, MissingPhone, OrderNumberSource, OrderSettings, OrderStatusChoice, Store
from schemas.value import Value

if TYPE_CHECKING:
    from operations.store_changes import StoreChanges


class SettingOption(Value):
    """A choice of a field: the value that is stored, and its documented name."""

    value: str
    label: str


class SettingField(Value):
    """A field of the order settings. Without options it is a text."""

    name: str
    label: str
    hint: str
    value: str
    default: str
    options: tuple[SettingOption, ...]
    is_required: bool
    counts: bool
    """Whether the field has an effect with the other settings as they are."""


class OrderSettingsForm(Value):
    """The order settings of a store, in the order of the documented page."""

    store: Store
    fields: tuple[SettingField, ...]

    @property
    def values(self) -> dict[str, str]:
        """The present values by field, which `save_order_settings` compares."""
        return {field.name: field.value for field in self.fields}


_YES_NO = (("true", "Enabled"), ("false", "Disabled"))
_FIELDS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "import_orders",
        "Import Amazon Orders",
        "Disabled: orders are only shown, and managed in Seller Central.",
        _YES_NO,
    ),
    (
        "commerce_store_view",
        "Import Amazon Orders Into Commerce Store",
        "Code of the Commerce store view that gets the orders.",
        (),
    ),
    (
        "customer_creation",
        "Customer Creation",
        "Whether a buyer gets a customer account in Commerce.",
        (
            (CustomerCreation.GUEST, "No Customer Creation (guest)"),
            (CustomerCreation.NEW, "Build New Customer Account"),
        ),
    ),
    (
        "order_number_source",
        "Order Number Source",
        "Source of a Commerce order's number.",
        (
            (OrderNumberSource.COMMERCE, "Build Using Commerce Order Number"),
            (OrderNumberSource.AMAZON, "Build Using Amazon Order Number"),
        ),
    ),
    (
        "order_status",
        "Order Status",
        "The status of created orders.",
        ((OrderStatusChoice.DEFAULT, "Default Order Status"), (OrderStatusChoice.CUSTOM, "Custom Order Status")),
    ),
    ("processing_status", "Processing Order Status", "A Commerce status; counts with Custom Order Status.", ()),
    (
        "reserve_quantity",
        "Pending Orders",
        "Counts only without Inventory Management.",
        (("false", "Do Not Reserve Quantity"), ("true", "Reserve Quantity")),
    ),
    ("inventory_management", "Inventory Management", "Whether the shop uses Commerce's Inventory Management.", _YES_NO),
    (
        "missing_phone",
        "Address Without Phone",
        "What happens to an order whose address has none.",
        (
            (MissingPhone.ALLOW, "Import without one"),
            (MissingPhone.PLACEHOLDER, "Import with a placeholder"),
            (MissingPhone.BLOCK, "Block the order"),
        ),
    ),
    (
        "require_tracking",
        "Tracking Number",
        "Whether parcels without one are confirmed to Amazon.",
        (("true", "Required"), ("false", "Not required")),
    ),
)
_SWITCHES = {name for name, _, _, options in _FIELDS if "true" in dict(options)}
_REQUIRED = {"import_orders", "commerce_store_view", "order_status"}


def show_order_settings(context: Context, store_id: str) -> OrderSettingsForm:
    """Return the form of a store. Raises NotFoundError."""
    return _form(show_store(context, store_id))


def save_order_settings(
    context: Context, store_id: str, values: Mapping[str, str], *, seen: Mapping[str, str], actor: str
) -> OrderSettingsForm:
    """Change the fields that are given, and leave the others; orders that are not in Commerce follow.

    *seen* are the values as the person saw them. Raises NotFoundError, StaleFormError, RefusedActionError.
    """
    names = {name for name, *_ in _FIELDS}
    if unknown := sorted(values.keys() - names):
        raise RefusedActionError(f"There is no order setting {unknown[0]}.")
    changes: dict[str, Any] = dict(values)
    if "processing_status" in changes:
        changes["processing_status"] = changes["processing_status"].strip() or None
    _check_status(changes)
    from operations.store_changes import change_store  # noqa: PLC0415 - a view needs no rule of orders

    saved = change_store(context, store_id, cast("StoreChanges", changes), actor=actor, seen=_parsed(seen))
    return _form(saved)


def _parsed(values: Mapping[str, str]) -> "StoreChanges":
    """Return values of the form as the store has them, as far as a comparison needs it."""
    yes_or_no = {"true": True, "false": False}
    parsed = {name: yes_or_no.get(value, value) if name in _SWITCHES else value for name, value in values.items()}
    return cast("StoreChanges", parsed)


def _values(settings: OrderSettings) -> dict[str, str]:
    """Return settings as the values of the form: "true" or "false", a word, "" for none."""
    values = settings.model_dump(mode="json").items()
    return {name: str(value).lower() if isinstance(value, bool) else value or "" for name, value in values}


def _check_status(changes: Mapping[str, Any]) -> None:
    is_custom = changes.get("order_status") == OrderStatusChoice.CUSTOM
    if is_custom and not changes.get("processing_status"):
        raise RefusedActionError("Custom Order Status needs a Processing Order Status; enter one of Commerce's.")


def _form(store: Store) -> OrderSettingsForm:
    values, defaults = _values(store.settings), _values(OrderSettings())
    fields = tuple(
        SettingField(
            name=name,
            label=label,
            hint=hint,
            value=values[name],
            default=defaults[name],
            options=tuple(SettingOption(value=value, label=words) for value, words in options),
            is_required=name in _REQUIRED or (name == "processing_status" and _is_custom(store)),
            counts=_counts(name, store),
        )
        for name, label, hint, options in _FIELDS
    )
    return OrderSettingsForm(store=store, fields=fields)


def _counts(name: str, store: Store) -> bool:
    settings = store.settings
    if name == "import_orders":
        return True
    if name == "processing_status":
        return settings.import_orders and _is_custom(store)
    if name == "reserve_quantity":
        return settings.import_orders and not settings.inventory_management
    return settings.import_orders


def _is_custom(store: Store) -> bool:
    return store.settings.order_status is OrderStatusChoice.CUSTOM
