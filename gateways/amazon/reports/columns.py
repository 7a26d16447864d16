"""The header of an order report: maps the file's columns to Amazon's."""

from collections.abc import Mapping, Sequence

from gateways.amazon.reports.instructions import COLUMNS as INSTRUCTIONS
from gateways.amazon.reports.known_reports import (
    FETCH_INSTEAD,
    facts_of_shippable_orders,
    has_shippable_orders,
    other_report,
)
from gateways.errors import UnreadableInputError
from schemas.input_limits import COLUMNS

ALIASES = {
    "order-id": "amazon-order-id",
    "date": "purchase-date",
    "order-date": "purchase-date",
    "last-update-date": "last-updated-date",
    "status": "order-status",
    "fulfilment": "fulfillment-channel",
    "fulfillment": "fulfillment-channel",
    "fulfilment-channel": "fulfillment-channel",
    "marketplace": "sales-channel",
    "title": "product-name",
    "seller-sku": "sku",
    "order-item-id": "amazon-order-item-id",
    "amazon-order-item-code": "amazon-order-item-id",
    "qty": "quantity",
    "quantity-purchased": "quantity",
    "amount": "item-price",
    "b2b": "is-business-order",
}
"""Names of Amazon's columns in sellers' exports and older reports; of two for one column the first wins."""

REQUIRED = (
    "amazon-order-id",
    "purchase-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "sku",
    "quantity",
)

KNOWN = (
    *REQUIRED,
    "last-updated-date",
    "ship-service-level",
    "product-name",
    "asin",
    "item-status",
    "amazon-order-item-id",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "is-business-order",
    "quantity-shipped",
    "buyer-name",
    "buyer-email",
    "recipient-name",
    "ship-address-1",
    "ship-address-2",
    "ship-address-3",
    "ship-phone-number",
    *INSTRUCTIONS,
)
"""The columns that are parsed, by the names of GET_FLAT_FILE_ALL_ORDERS_DATA_* and, the last ones, of the
Unshipped Orders report."""

CHANGED_AT = ("reporting-date", "payments-date")
"""Columns of the Unshipped and the New Orders report with the instant from which its order is shippable: they have no
last-updated-date."""


class ReportColumns:
    """The positions of Amazon's columns in the file."""

    def __init__(self, header: Sequence[str], chosen: Mapping[str, str], store_marketplace: str | None = None) -> None:
        """Map the file's header; the columns *chosen* by the user win over the header's own names.

        *store_marketplace* is the marketplace of orders in a report that does not name it. Raises UnreadableInputError
        when a chosen or a required column is missing, or there are too many.
        """
        if len(header) > COLUMNS:
            raise UnreadableInputError(f"The report has more than {COLUMNS:,} columns, the limit.")
        self._width = len(header)
        positions = _positions(header)
        self._positions = _by_name(positions) | {
            _amazon_name(name): _chosen_position(name, column, positions) for name, column in chosen.items()
        }
        self._everywhere: dict[str, str] = {}
        if has_shippable_orders(positions):
            self._everywhere = facts_of_shippable_orders(store_marketplace)
            changed_at = [positions[name] for name in CHANGED_AT if name in positions]
            self._positions.setdefault("last-updated-date", changed_at[0])
        missing = [name for name in REQUIRED if name not in {**self._positions, **self._everywhere}]
        if missing:
            raise UnreadableInputError(_refusal(missing, positions))

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """Return a row's cells by Amazon's names, without blank ones and those of columns that are not parsed.

        Raises UnreadableInputError for a row that is longer than the header.
        """
        if any(cell.strip() for cell in row[self._width :]):
            raise UnreadableInputError("It has more cells than the header, so none can be assigned for sure.")
        cells = {name: row[position].strip() for name, position in self._positions.items() if position < len(row)}
        present = {name: cell for name, cell in cells.items() if cell}
        return {**self._everywhere, **present} if present else {}


def _refusal(missing: Sequence[str], positions: Mapping[str, int]) -> str:
    """Return the sentence for a file without these required columns: the reason, and the remedy."""
    if has_shippable_orders(positions):
        return (
            "The report does not name the marketplace of its orders, and neither does the store: set it with "
            "`crossdock stores set STORE_ID --marketplace-id ID`."
        )
    other = other_report(positions)
    if other:
        return other
    choices = " ".join(f"--column {name}=HEADER" for name in missing)
    columns = ", ".join(f'"{name}"' for name in missing)
    which = "column {}: say which one it is" if len(missing) == 1 else "columns {}: say which ones they are"
    return (
        f"The report has no {which.format(columns)} with {choices}; if the file is no list of orders, {FETCH_INSTEAD}."
    )


def _positions(header: Sequence[str]) -> dict[str, int]:
    """Return the position of each named column, the first one's where several have the same name."""
    positions: dict[str, int] = {}
    for position, name in enumerate(header):
        if normalized(name):
            positions.setdefault(normalized(name), position)
    return positions


def _by_name(positions: Mapping[str, int]) -> dict[str, int]:
    """Return the positions of Amazon's columns; Amazon's own name wins over an alias."""
    named = {name: position for name, position in positions.items() if name in KNOWN}
    for alias, name in ALIASES.items():
        if alias in positions:
            named.setdefault(name, positions[alias])
    return named


def _amazon_name(name: str) -> str:
    amazon_name = ALIASES.get(normalized(name), normalized(name))
    if amazon_name not in KNOWN:
        raise UnreadableInputError(f'There is no column "{name}" to choose; there are {", ".join(KNOWN)}.')
    return amazon_name


def _chosen_position(name: str, column: str, positions: Mapping[str, int]) -> int:
    if normalized(column) not in positions:
        raise UnreadableInputError(f'The report has no column "{column}", which was chosen for {name}.')
    return positions[normalized(column)]


def normalized(name: str) -> str:
    """Return a header as Amazon writes it: lower case, hyphens."""
    return "-".join(name.strip().strip('\ufeff"').casefold().replace("_", " ").replace("-", " ").split())
