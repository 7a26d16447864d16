"""One call of an operation: parts of the path, the query, and the body, whose form is checked first."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateways.simulator.sp_api.errors import invalid

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpApiCall:
    """One call. Lists in the query are separated by commas."""

    path: Sequence[str]
    query: Mapping[str, str]
    payload: bytes = b""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def names(self, parameter: str) -> list[str]:
        """Return a list in the query; empty without it."""
        return [name for name in self.query.get(parameter, "").split(",") if name]

    def instant(self, parameter: str) -> datetime | None:
        """Return an instant in the query, None without it. Raises SpApiError for one that is malformed."""
        value = self.query.get(parameter)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise invalid(f"Value {value} for parameter {parameter} is invalid. Reason: not a valid ISO 8601 instant.")
        return moment

    def number(self, parameter: str, default: int, most: int) -> int:
        """Return a number in the query. Raises SpApiError for one out of range."""
        value = self.query.get(parameter, str(default))
        if not value.isdigit() or not 1 <= int(value) <= most:
            raise invalid(f"Value {value} for parameter {parameter} is invalid.")
        return int(value)

    def document(self) -> Json:
        """Return the body. Raises SpApiError when it is no JSON object."""
        try:
            document = json.loads(self.payload)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise invalid("Could not match input arguments")
        return document

    def required(self, *names: str) -> list[Any]:
        """Return fields of the body. Raises SpApiError that names the one that is missing."""
        document = self.document()
        for name in names:
            if document.get(name) in (None, ""):
                raise invalid(f"Missing required field: {name}")
        return [document[name] for name in names]
