"""Saved views: lists of orders that a person named, to come back to."""

from urllib.parse import parse_qsl

from operations.context import Context
from operations.errors import NotFoundError, RefusedActionError
from operations.orders.list_query import ListQuery, format_query, parse_query
from schemas.order_filters import OrderPager
from schemas.value import Value

MAX_VIEWS = 50
"""Views of a person."""

MAX_NAME_LENGTH = 60
"""Characters of a view's name."""


class SavedView(Value):
    """A saved view: its name, and the query of its list's address."""

    name: str
    query: str


def list_views(context: Context, user_name: str) -> tuple[SavedView, ...]:
    """Return a user's views, by name."""
    with context.ledger.read() as work:
        return tuple(SavedView(name=name, query=query) for name, query in work.saved_views.of_user(user_name))


def save_view(context: Context, user_name: str, name: str, query: str) -> SavedView:
    """Save the first page of the list with this query, under a name; a view of that name is replaced.

    Raises WrongFilterError, NotFoundError without such a user, and RefusedActionError for a name that is empty or too
    long, and for too many views.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_LENGTH or "\x00" in name:
        raise RefusedActionError(f"A view needs a name of 1 to {MAX_NAME_LENGTH} characters; nothing was saved.")
    order_filter, pager = parse_query(parse_qsl(query))
    start = OrderPager(pager.sort, pager.descending, page_size=pager.page_size)
    view = SavedView(name=name, query=format_query(ListQuery(order_filter, start)))
    with context.ledger.begin() as work:
        if work.users.find(user_name) is None:
            raise NotFoundError(f"There is no user {user_name}.")
        if work.saved_views.count(user_name) >= MAX_VIEWS:
            raise RefusedActionError(f"You have {MAX_VIEWS} views; remove one first.")
        work.saved_views.save(user_name, view.name, view.query)
    return view


def remove_view(context: Context, user_name: str, name: str) -> None:
    """Remove a view. Raises NotFoundError."""
    with context.ledger.begin() as work:
        if not work.saved_views.remove(user_name, name):
            raise NotFoundError("There is no view of this name; it may be removed already.")
