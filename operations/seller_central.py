"""Links to the pages of Amazon's Seller Central about a store: shipping, taxes, payments, notifications, approval."""

from schemas.marketplaces import seller_central_host
from schemas.value import Value

_PAGES = (
    ("Shipping", "/sbr#shipping_templates", "Set up your shipping rates."),
    ("Taxes", "/tax/nexus/settings", "Edit your tax rates."),
    ("Payments", "/payments/dashboard/index.html", "Balances and payouts."),
    ("Notifications", "/notifications/preferences", "Choose the subjects of Amazon's notifications."),
    ("Category approval", "/hz/approvalrequest", "Request to sell in a category."),
)
"""After the help page "Amazon store dashboard"."""


class SellerCentralLink(Value):
    """A page of Seller Central: its name, its address and its purpose."""

    name: str
    url: str
    purpose: str


def seller_central_links(marketplace_id: str | None) -> tuple[SellerCentralLink, ...]:
    """Return the links of a marketplace, none for an unknown one."""
    host = seller_central_host(marketplace_id) if marketplace_id else None
    if host is None:
        return ()
    return tuple(SellerCentralLink(name=name, url=f"https://{host}{path}", purpose=why) for name, path, why in _PAGES)
