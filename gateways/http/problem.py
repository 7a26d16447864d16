"""Why a call failed, as the log of communication errors and the messages have it: without secrets and personal data."""

from dataclasses import dataclass
from typing import Protocol

from gateways.http.call import Reply
from gateways.http.outcome import Outcome, outcome_of


@dataclass(frozen=True, slots=True)
class Problem:
    """The code and the sentence of an error, and the id under which the other side logged it, where it gives one."""

    code: str
    sentence: str
    request_id: str | None = None


class ErrorFormat(Protocol):
    """The form in which one external system reports errors."""

    def outcome(self, reply: Reply) -> Outcome:
        """Return the outcome of a reply."""
        ...

    def problem(self, reply: Reply) -> Problem:
        """Return the error in a reply that is not done. Never repeats values that the call had sent."""
        ...


class PlainErrors:
    """Errors of a system that states nothing but the status."""

    def outcome(self, reply: Reply) -> Outcome:
        """Return the outcome of the status."""
        return outcome_of(reply)

    def problem(self, reply: Reply) -> Problem:
        """Return the status as code, and its outcome for the call."""
        return Problem(str(reply.status), status_sentence(reply))


def status_sentence(reply: Reply) -> str:
    """Return the error by its status and its content type alone."""
    if 300 <= reply.status < 400:
        return f"It redirects to another address (HTTP {reply.status}); set the address that it redirects to."
    if reply.body and not reply.is_readable:
        kind = reply.headers.get("content-type", "").split(";")[0].strip()[:50] or "no content type"
        return f"It answered HTTP {reply.status} without JSON ({kind})."
    return f"It answered HTTP {reply.status}."
