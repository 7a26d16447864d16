"""Listings that orders name: their ASIN, the number of orders that have each, and the latest of these."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

PAGE = 2000
"""Orders read, and listings written, at a time."""

_orders = sa.table(
    "orders",
    *map(sa.column, ("store_id", "amazon_order_id", "document")),
    sa.column("purchase_date", sa.DateTime(timezone=True)),
)
_KEY = sa.tuple_(_orders.c.store_id, _orders.c.amazon_order_id)


class _Sum(NamedTuple):
    asin: str | None
    orders: int
    last_order: str
    last_at: Any


def _facts() -> list[sa.Column[Any]]:
    return [
        sa.Column("asin", sa.Text),
        sa.Column("orders", sa.Integer, nullable=False),
        sa.Column("last_order", sa.Text),
        sa.Column("last_at", sa.DateTime(timezone=True)),
    ]


def upgrade() -> None:
    """Create the tables and fill the listings from the orders, a page at a time: half a minute for a million.

    Processes of an earlier version would not add the listings of their orders, so none may run.
    """
    key = ("store_id", "seller_sku")
    listings = op.create_table("listings", *(sa.Column(name, sa.Text, primary_key=True) for name in key), *_facts())
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "listing_changes",
        sa.Column("id", number, sa.Identity(always=False), primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in key),
        *_facts(),
    )
    rows = [{**dict(zip(key, of, strict=True)), **one._asdict()} for of, one in _sums().items()]
    for start in range(0, len(rows), PAGE):
        op.bulk_insert(listings, rows[start : start + PAGE])


def _sums() -> dict[tuple[str, str], _Sum]:
    sums: dict[tuple[str, str], _Sum] = {}
    for order in _all_orders():
        lines = {line["seller_sku"]: line.get("asin") for line in json.loads(order.document).get("lines", ())}
        for sku, asin in lines.items():
            before = sums.get((order.store_id, sku), _Sum(None, 0, order.amazon_order_id, order.purchase_date))
            is_last = order.purchase_date >= before.last_at
            last = (order.amazon_order_id, order.purchase_date) if is_last else before[2:]
            sums[order.store_id, sku] = _Sum(asin or before.asin, before.orders + 1, *last)
    return sums


def _all_orders() -> Iterator[Any]:
    after = None
    query = sa.select(_orders).order_by(_orders.c.store_id, _orders.c.amazon_order_id).limit(PAGE)
    while True:
        page = query if after is None else query.where(sa.tuple_(*map(sa.literal, after)) < _KEY)
        rows = op.get_bind().execute(page).all()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][:2]


def downgrade() -> None:
    """Drop them."""
    op.drop_table("listing_changes")
    op.drop_table("listings")
