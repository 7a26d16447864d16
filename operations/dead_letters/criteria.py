"""The criteria that select dead letters, by the words that people give: options of commands, fields of addresses."""

from collections.abc import Mapping
from typing import Any

from schemas.dead_letters import LetterFilter

_FIELDS = {
    "search": "text",
    "class": "letter_type",
    "kind": "kind",
    "key": "key",
    "store": "store_id",
    "consumer": "consumer",
    "event": "event",
    "order": "amazon_order_id",
    "fingerprint": "fingerprint",
    "since": "since",
    "older_than": "until",
}
"""The field of the filter that each criterion is."""


def filter_of(criteria: Mapping[str, Any]) -> LetterFilter:
    """Return the filter of these criteria, all of which must hold; None is no criterion, nor is a blank text.

    `id` is that of one letter. The filter has no state: actions take open letters only, and a list names its own.
    """
    stripped = {name: value.strip() if type(value) is str else value for name, value in criteria.items()}
    letter_id = stripped.pop("id", None)
    fields: dict[str, Any] = {_FIELDS[name]: value for name, value in stripped.items() if value not in (None, "")}
    return LetterFilter(ids=(letter_id,) if letter_id else (), **fields)
