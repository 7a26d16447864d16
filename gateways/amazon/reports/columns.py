"""The header of an order report: maps the file's columns to Amazon's."""

from collections.abc import Mapping, Sequence

from gateways.errors import UnreadableInputError

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
)
"""The columns that are parsed, by the names of GET_FLAT_FILE_ALL_ORDERS_DATA_*."""


class ReportColumns:
    """The positions of Amazon's columns in the file."""

    def __init__(self, header: Sequence[str], chosen: Mapping[str, str]) -> None:
        """Map the file's header; the columns *chosen* by the user win over the header's own names.

        Raises UnreadableInputError when a chosen or a required column is missing.
        """
        self._width = len(header)
        positions = _positions(header)
        self._positions = _by_name(positions) | {
            _amazon_name(name): _chosen_position(name, column, positions) for name, column in chosen.items()
        }
        for name in REQUIRED:
            if name not in self._positions:
                raise UnreadableInputError(
                    f'The report has no column "{name}": say which one it is with --column {name}=HEADER.'
                )

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """Return a row's cells by Amazon's names, without blank ones and those of columns that are not parsed.

        Raises UnreadableInputError for a row that is longer than the header.
        """
        if any(cell.strip() for cell in row[self._width :]):
            raise UnreadableInputError("It has more cells than the header, so none can be assigned for sure.")
        cells = {name: row[position].strip() for name, position in self._positions.items() if position < len(row)}
        return {name: cell for name, cell in cells.items() if cell}


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
