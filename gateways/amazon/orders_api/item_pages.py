"""The items of v0 orders, which Amazon returns separately from the orders and in pages (getOrderItems)."""

from bisect import bisect_right
from collections import defaultdict

from gateways.amazon.fields import Fields
from gateways.errors import UnreadableInputError


class ItemPages:
    """The pages of a file, in its order. A page without NextToken is the last one of a list of an order's items.

    A file may contain an order several times, each time with a list of its items: an order's list is the next one in
    the file, or the last one where none follows.
    """

    def __init__(self) -> None:
        """Create it without pages."""
        self._incomplete: dict[str, list[Fields]] = {}
        self._complete: dict[str, list[tuple[int, list[Fields]]]] = defaultdict(list)

    def add(self, order_id: str, page: Fields, position: int) -> None:
        """Add the page at this position of the file."""
        pages = self._incomplete.setdefault(order_id, [])
        pages.append(page)
        if "NextToken" not in page:
            self._complete[order_id].append((position, self._incomplete.pop(order_id)))

    def items(self, order_id: str, position: int) -> list[Fields]:
        """Return the items of the order at this position of the file, none when it has no list.

        Raises UnreadableInputError when the last page of a list is missing.
        """
        if order_id in self._incomplete:
            raise UnreadableInputError(
                "The last page of its items (the one without NextToken) is not in the file, or not behind the others."
            )
        lists = self._complete.get(order_id)
        if not lists:
            return []
        following = bisect_right(lists, position, key=lambda item_list: item_list[0])
        _, pages = lists[min(following, len(lists) - 1)]
        return [item for page in pages for item in page.parts("OrderItems")]
