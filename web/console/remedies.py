"""Remedies as buttons: the page of the action that resolves a blocker, and the permission that it needs."""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlencode

from schemas.blockers import Remedy, RemedyKind
from schemas.people import Permission

Params = Mapping[str, str]


class Button(NamedTuple):
    """A link to the page on which a remedy is carried out."""

    label: str
    path: str
    permission: Permission


def order_path(amazon_order_id: str, store_id: str, page: str = "", **query: str) -> str:
    """Return the address of an order's page, or of a page below it."""
    below = f"/{page}" if page else ""
    return f"/orders/{quote(amazon_order_id, safe='')}{below}?{urlencode({'store': store_id, **query})}"


def address_path(amazon_order_id: str, store_id: str) -> str:
    """Return the address of the form in which an order's address is edited."""
    return f"{order_path(amazon_order_id, store_id, tab='details', personal='1')}#address"


def _of_order(label: str, page: str, **query: str) -> Callable[[Params], Button]:
    def button(of: Params) -> Button:
        path = order_path(of["amazon_order_id"], of["store_id"], page, **query)
        return Button(label, path, Permission.ACT_ON_ORDERS)

    return button


def _edit_address(of: Params) -> Button:
    return Button("Edit address", address_path(of["amazon_order_id"], of["store_id"]), Permission.SEE_PERSONAL_DATA)


def _match(of: Params) -> Button:
    query = urlencode({"store": of["store_id"], "seller_sku": of["seller_sku"]})
    return Button("Match product", f"/products/match?{query}", Permission.MATCH_PRODUCTS)


def _product(label: str) -> Callable[[Params], Button]:
    return lambda of: Button(label, f"/products/edit?{urlencode({'sku': of['sku']})}", Permission.MATCH_PRODUCTS)


_BUTTONS: dict[RemedyKind, Callable[[Params], Button]] = {
    RemedyKind.MATCH_LISTING: _match,
    RemedyKind.ENABLE_PRODUCT: _product("Enable product"),
    RemedyKind.SET_QUANTITY: _product("Set quantity"),
    RemedyKind.EDIT_ADDRESS: _edit_address,
    RemedyKind.ACCEPT_TOTAL: _of_order("Accept total", "accept-total"),
    RemedyKind.STATE_TOTAL: _of_order("Enter total", "accept-total"),
    RemedyKind.CANCEL_ORDER: _of_order("Cancel order", "cancel", reason="BuyerCanceled"),
    RemedyKind.DECLINE_CANCELLATION: _of_order("Decline the request", "decline-cancellation"),
    RemedyKind.ADD_STORE: lambda _: Button("Add store", "/settings", Permission.CHANGE_SETTINGS),
}
"""Remedies that have a page; the others are to be done outside of the console."""


def buttons_of(remedy: Remedy, order: Params | None = None) -> tuple[Button, ...]:
    """Return the buttons of a remedy; pages of products lead back to *order*, where the remedy is one of an order.

    A request of the buyer's to cancel can be met or declined.
    """
    kinds = [remedy.kind]
    if remedy.kind is RemedyKind.CANCEL_ORDER:
        kinds.append(RemedyKind.DECLINE_CANCELLATION)
    buttons = [_BUTTONS[kind](remedy.params) for kind in kinds if kind in _BUTTONS]
    return tuple(_leading_back(button, order) for button in buttons) if order else tuple(buttons)


def _leading_back(button: Button, order: Params) -> Button:
    if not button.path.startswith("/products/"):
        return button
    back = urlencode({"order": order["amazon_order_id"], "order_store": order["store_id"]})
    return button._replace(path=f"{button.path}&{back}")
