"""The items of orders of v0 where Amazon answers them apart from the orders (getOrderItems), page by page."""

from bisect import bisect_right
from collections import defaultdict

from gateways.amazon.fields import Fields
from gateways.errors import UnreadableInputError


class ItemPages:
    """The pages of a file, taken in its order. A page without NextToken is the last one of its listing of an order.

    A file may tell an order several times, each time with a listing of its items: those are the ones that are listed
    next, or last where none are listed behind it.
    """

    def __init__(self) -> None:
        """Begin without pages."""
        self._open: dict[str, list[Fields]] = {}
        self._whole: dict[str, list[tuple[int, list[Fields]]]] = defaultdict(list)

    def add(self, order_id: str, page: Fields, place: int) -> None:
        """Take the page at this place of the file."""
        pages = self._open.setdefault(order_id, [])
        pages.append(page)
        if "NextToken" not in page:
            self._whole[order_id].append((place, self._open.pop(order_id)))

    def items(self, order_id: str, place: int) -> list[Fields]:
        """Return the items of the order at this place of the file, none where none are listed.

        Raises UnreadableInputError when the last page of a listing is missing.
        """
        if order_id in self._open:
            raise UnreadableInputError(
                "The last page of its items (the one without NextToken) is not in the file, or not behind the others."
            )
        listings = self._whole.get(order_id)
        if not listings:
            return []
        following = bisect_right(listings, place, key=lambda listing: listing[0])
        _, pages = listings[min(following, len(listings) - 1)]
        return [item for page in pages for item in page.parts("OrderItems")]
