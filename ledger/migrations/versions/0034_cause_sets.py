"""The causes of a dead letter in its own row, the same text for all letters that have the same."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

PAGE = 2000
"""Causes read, and letters written, at a time."""

PRODUCT_KINDS = ("product_missing", "product_disabled", "out_of_stock")
"""Kinds whose keys are products; the key of another is an order's, and no part of the text."""

_causes = sa.table("dead_letter_causes", *map(sa.column, ("letter_id", "kind", "key")))
_KEY = (_causes.c.letter_id, _causes.c.kind, _causes.c.key)
_letters = sa.table("dead_letters", sa.column("id"), sa.column("cause_set"))


def upgrade() -> None:
    """Add the column, and fill it, the letters of one text together: within a minute for a hundred thousand.

    Processes of an earlier version would leave it empty, so none may run.
    """
    op.add_column("dead_letters", sa.Column("cause_set", sa.Text))
    for text, letters in _letters_by_text().items():
        for start in range(0, len(letters), PAGE):
            filled = sa.update(_letters).where(_letters.c.id.in_(letters[start : start + PAGE]))
            op.get_bind().execute(filled.values(cause_set=text))


def _letters_by_text() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for letter, causes in groupby(_all_causes(), key=lambda cause: cause.letter_id):
        found.setdefault(_text(causes), []).append(letter)
    return found


def _text(causes: Iterator[Any]) -> str:
    common = sorted({(one.kind, one.key if one.kind in PRODUCT_KINDS else "") for one in causes})
    return json.dumps(common, separators=(",", ":"))


def _all_causes() -> Iterator[Any]:
    after = None
    query = sa.select(_causes).order_by(*_KEY).limit(PAGE)
    while True:
        page = query if after is None else query.where(sa.tuple_(*map(sa.literal, after)) < sa.tuple_(*_KEY))
        rows = op.get_bind().execute(page).all()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1]


def downgrade() -> None:
    """Drop it."""
    op.drop_column("dead_letters", "cause_set")
