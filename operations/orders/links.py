"""Links from an order to the pages of Amazon and Adobe Commerce about it."""

from urllib.parse import quote

from schemas.marketplaces import seller_central_host


def seller_central_order(marketplace_id: str, amazon_order_id: str) -> str | None:
    """Return the order's page in Amazon Seller Central, None for an unknown marketplace."""
    host = seller_central_host(marketplace_id)
    return host and f"https://{host}/orders-v3/order/{quote(amazon_order_id)}"


def commerce_admin_order(admin_url: str, number: str) -> str:
    """Return the grid of orders in Commerce's Admin, searched for a number: orders' own pages go by another id."""
    return f"{admin_url.rstrip('/')}/sales/order/index/?search={quote(number)}"
