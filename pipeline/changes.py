"""What a decided batch changes: each order once, from how it is stored to how it shall be."""

from typing import NamedTuple

from pipeline.deciding import Decided, Ruling
from schemas.order import Order, OrderKey


class Change(NamedTuple):
    """An order that is to be written: how it was stored, how it shall be, and the last ruling on it."""

    stored: Order | None
    after: Order
    ruling: Ruling


Changes = dict[OrderKey, Change]


def changes_of(decided: Decided) -> Changes:
    """Return what rulings change. An order's version counts how often it is written, not how often it was ruled on."""
    changes: Changes = {}
    for ruling in decided.rulings:
        after = ruling.decision.order
        if after:
            stored = changes[after.key].stored if after.key in changes else ruling.before
            version = stored.version + 1 if stored else 1
            changes[after.key] = Change(stored, after.model_copy(update={"version": version}), ruling)
    return changes
