"""Stale forms: what a person saw has been changed by somebody else since, so their changes are refused."""

from collections.abc import Mapping

from operations.errors import RefusedActionError
from schemas.value import Value


class StaleField(Value):
    """A field that was changed since a person saw it: its value then and now. The values may be personal data."""

    field: str
    seen: str
    now: str


class StaleFormError(RefusedActionError):
    """Somebody else changed what a person edits. `fields` is the difference; the sentence has no value of it."""

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
