"""The header of an order report: which column of the file is which of Amazon's."""

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
"""Names that sellers' exports and older reports give to Amazon's columns, strongest first."""

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
"""The columns that are read, by the names of GET_FLAT_FILE_ALL_ORDERS_DATA_*."""


class Columns:
    """Where each of Amazon's columns stands in the file."""

    def __init__(self, header: Sequence[str], chosen: Mapping[str, str]) -> None:
        """Take the file's header and the columns chosen by the user, which win over the header's own names.

        Raises UnreadableInputError when a chosen column is not there or a necessary one is missing.
        """
        self._width = len(header)
        places = _positions(header)
        self._places = _by_name(places) | {
            _amazon_name(name): _chosen_position(name, column, places) for name, column in chosen.items()
        }
        for name in REQUIRED:
            if name not in self._places:
                raise UnreadableInputError(
                    f'The report has no column "{name}": say which one it is with --column {name}=HEADER.'
                )

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """Return a row's cells by Amazon's names, without the blank ones and those of columns that are not read.

        Raises UnreadableInputError for a row that is longer than the header.
        """
        if any(cell.strip() for cell in row[self._width :]):
            raise UnreadableInputError("It has more cells than the header, so none can be told for sure.")
        cells = {name: row[place].strip() for name, place in self._places.items() if place < len(row)}
        return {name: cell for name, cell in cells.items() if cell}


def _positions(header: Sequence[str]) -> dict[str, int]:
    """Return the place of each header, the first of those that are the same. Unnamed columns are nobody's."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        if normalized(name):
            places.setdefault(normalized(name), place)
    return places


def _by_name(places: Mapping[str, int]) -> dict[str, int]:
    """Return the places of known columns; Amazon's own name is stronger than an alias."""
    named = {name: place for name, place in places.items() if name in KNOWN}
    for alias, name in ALIASES.items():
        if alias in places:
            named.setdefault(name, places[alias])
    return named


def _amazon_name(name: str) -> str:
    known = ALIASES.get(normalized(name), normalized(name))
    if known not in KNOWN:
        raise UnreadableInputError(f'There is no column "{name}" to choose; there are {", ".join(KNOWN)}.')
    return known


def _chosen_position(name: str, column: str, places: Mapping[str, int]) -> int:
    if normalized(column) not in places:
        raise UnreadableInputError(f'The report has no column "{column}", which was chosen for {name}.')
    return places[normalized(column)]


def normalized(name: str) -> str:
    """Return a header as Amazon writes it: lower case, hyphens."""
    return "-".join(name.strip().strip('\ufeff"').casefold().replace("_", " ").replace("-", " ").split())
