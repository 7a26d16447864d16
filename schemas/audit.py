"""The entries of the audit log: who did what, when and why."""

from datetime import datetime
from typing import Any

from pydantic import Field

from schemas.value import Value


class AuditEntry(Value):
    """One line of the audit log: who did what to which subject, why, and the details. It has no personal data.

    `position` is its place in the log, by which lists go on; an entry has none before it is written.
    """

    position: int | None = Field(default=None, exclude=True)
    at: datetime
    who: str
    action: str
    """The action, such as `replay.start`, `letter.edit` or `order.cancel`."""
    subject: str
    """The id of the letter or replay, STORE/ORDER of an order; a number of letters where several were discarded."""
    why: str
    details: dict[str, Any]
