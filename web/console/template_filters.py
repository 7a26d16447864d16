"""Filters of the templates."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from jinja2 import Environment
from markupsafe import Markup, escape

from schemas.visible_text import visible
from web.console.table_cells import labelled, numeric_heads

STATUS_TONES = {
    "Error": "danger",
    "Canceled": "neutral",
    "Unfulfillable": "danger",
    "Pending": "warning",
    "PendingAvailability": "warning",
    "InvoiceUnconfirmed": "warning",
    "Unshipped": "info",
    "PartiallyShipped": "info",
    "Shipped": "success",
    "Completed": "success",
    "blocked": "danger",
    "failed": "danger",
    "unreadable": "danger",
    "crash": "danger",
    "unrouted": "warning",
    "open": "warning",
    "running": "info",
    "paused": "warning",
    "stopped": "danger",
    "aborted": "neutral",
    "ended": "success",
    "sent": "info",
    "ok": "success",
    "failed_again": "danger",
    "replaying": "info",
    "resolved": "success",
    "discarded": "neutral",
    "finished": "success",
    "claimed": "neutral",
}
"""The colour of each word that stands for a state."""


def shown(value: object) -> object:
    """Return a text as every page shows it: marks that hide, reorder or steer are escapes, and a text has one line."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def verbatim(text: str) -> Markup:
    """Return a text as it is, for a field in which it is edited or compared."""
    return escape(text)


def tone(word: object) -> str:
    """Return the tone of a status: success, info, warning, danger or neutral."""
    return STATUS_TONES.get(str(word), "neutral")


def utc(moment: datetime) -> str:
    """Return an instant as people read it without scripts, `2026-05-01 10:00 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def iso(moment: datetime) -> str:
    """Return an instant for the attribute `datetime`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def words(value: object) -> str:
    """Return an identifier as words: `import_requested` → `import requested`."""
    return str(value).replace("_", " ")


def plain(value: object) -> str:
    """Return a value of a record in words: yes, no, or its members and fields, apart by commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{words(name)} {plain(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, str):
        fields = _fields(value)
        return value if fields is None else plain(fields)
    return "none" if value is None else str(value)


def _fields(text: str) -> Mapping[str, object] | None:
    """Return the fields of a text that is a JSON object, as the audit log has selections of letters; else None."""
    try:
        document = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, Mapping) else None


def seconds(value: float) -> str:
    """Return a duration in its largest unit: 45 s, 12 min, 3.5 h, 4 days."""
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if value < limit:
            return f"{value / size:.0f} {unit}"
    return f"{value / 86_400:.0f} days"


def grouped(value: float) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}"


def zip_with(values: Iterable[object], others: Iterable[object]) -> list[tuple[object, object]]:
    """Return pairs: the options of a select."""
    return list(zip(values, others, strict=True))


def register(environment: Environment) -> None:
    """Add the filters."""
    environment.filters.update(
        tone=tone,
        utc=utc,
        iso=iso,
        words=words,
        plain=plain,
        seconds=seconds,
        grouped=grouped,
        verbatim=verbatim,
        zip_with=zip_with,
        labelled=labelled,
        numeric_heads=numeric_heads,
    )
