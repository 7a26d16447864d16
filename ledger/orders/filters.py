"""Filters of lists of orders, as conditions."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from ledger.tables.orders import ASKS_TO_CANCEL, NAME_KEYS, orders, vault
from schemas.order_filters import BuyerKeys, OrderFilter

Condition = ColumnElement[bool]

_LOWEST, _HIGHEST = "000-0000000-0000000", "ZZZ-9999999-9999999"
"""The ends of the range of Amazon's order ids."""

_BEGINNING = re.compile(r"[A-Z0-9]{0,3}|[A-Z0-9]{3}-[0-9]{0,7}|[A-Z0-9]{3}-[0-9]{7}-[0-9]{0,7}")


def order_conditions(order_filter: OrderFilter) -> list[Condition]:
    """Return the conditions that an order must meet to pass the filter."""
    conditions: list[Condition | None] = [
        orders.c.store_id == order_filter.store_id if order_filter.store_id else None,
        orders.c.status.in_([status.value for status in order_filter.statuses]) if order_filter.statuses else None,
        orders.c.import_state.in_([state.value for state in order_filter.import_states])
        if order_filter.import_states
        else None,
        orders.c.purchase_date >= order_filter.purchased_from if order_filter.purchased_from else None,
        orders.c.purchase_date <= order_filter.purchased_to if order_filter.purchased_to else None,
        _begins_with(order_filter.order_id) if order_filter.order_id else None,
        orders.c.total >= order_filter.total_min if order_filter.total_min is not None else None,
        orders.c.total <= order_filter.total_max if order_filter.total_max is not None else None,
        ASKS_TO_CANCEL if order_filter.asks_to_cancel else None,
        _has_name(order_filter.buyer) if order_filter.buyer else None,
    ]
    return [condition for condition in conditions if condition is not None]


class _HasNameKeys(ColumnElement[bool]):
    """Whether the vault's row has all of these blind keys: by the index on PostgreSQL, in the text on SQLite."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, keys: Sequence[str]) -> None:
        self.by_array = NAME_KEYS.bool_op("@>")(list(keys))
        self.by_text = and_(*(vault.c.name_keys.contains(f" {key} ", autoescape=True) for key in keys))


@compiles(_HasNameKeys)
def _by_text(element: _HasNameKeys, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.by_text, **options)


@compiles(_HasNameKeys, "postgresql")
def _by_array(element: _HasNameKeys, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.by_array, **options)


def orders_of_buyer(buyer: BuyerKeys) -> Select[tuple[str, str]]:
    """Select the keys of orders whose vault has all words of a name, but for expired data, deleted yet or not."""
    is_kept = vault.c.expires_at.is_(None) | (vault.c.expires_at > func.current_timestamp())
    has_words = or_(*(_HasNameKeys(words) for words in buyer))
    return select(vault.c.store_id, vault.c.amazon_order_id).where(has_words, is_kept)


def _has_name(buyer: BuyerKeys) -> Condition:
    return tuple_(orders.c.store_id, orders.c.amazon_order_id).in_(orders_of_buyer(buyer))


def _begins_with(prefix: str) -> Condition:
    """Select order ids by a prefix, as a range too: PostgreSQL uses no index for LIKE in most collations."""
    if not _BEGINNING.fullmatch(prefix):
        return false()
    order_id = orders.c.amazon_order_id
    lowest, highest = (prefix + end[len(prefix) :] for end in (_LOWEST, _HIGHEST))
    return order_id.between(lowest, highest) & order_id.startswith(prefix, autoescape=True)
