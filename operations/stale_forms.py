"""Stale forms: somebody else changed the values since a person saw them, so the person's changes are refused."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from operations.errors import RefusedActionError
from schemas.value import Value


class StaleField(Value):
    """A field that was changed since a person saw it: its value then and now. The values may be personal data."""

    field: str
    seen: str
    now: str


class StaleFormError(RefusedActionError):
    """Somebody else changed the values that a person edits. `fields` is the difference; the sentence has no values."""

    def __init__(self, fields: tuple[StaleField, ...]) -> None:
        """Name the fields that were changed."""
        names = ", ".join(field.field for field in fields)
        super().__init__(f"Somebody else changed {names} since you opened the form; nothing was saved.")
        self.fields = fields


def refuse_if_stale(seen: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raise StaleFormError when a field has another value than a person saw; fields they did not see do not count."""
    changed = tuple(
        StaleField(field=name, seen=value, now=now.get(name, ""))
        for name, value in seen.items()
        if value != now.get(name, "")
    )
    if changed:
        raise StaleFormError(changed)


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of fields as `refuse_if_stale` compares them; a list has its members in their order."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
