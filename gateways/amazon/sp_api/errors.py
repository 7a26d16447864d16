"""Amazon's error answers: their outcome, and a sentence of each without the request's values."""

import re
from collections.abc import Mapping
from typing import Any

from gateways.http.call import Reply
from gateways.http.outcome import Outcome, outcome_of
from gateways.http.problem import Problem, status_sentence

_SENT = re.compile(r"(?=[A-Z0-9]*\d)[A-Z0-9]{9,}", re.IGNORECASE)
"""Tracking numbers and the like: words of nine characters and more with a digit in them."""

_REQUEST_ID = "x-amzn-requestid"


class AmazonErrors:
    """Errors as `{"errors": [{"code", "message", "details"}]}`; see gateways.http.problem.ErrorFormat.

    A 403 means a token that is no longer valid, a role that the application lacks, or an order of another seller.
    """

    def outcome(self, reply: Reply) -> Outcome:
        """Return the outcome of the status."""
        return outcome_of(reply)

    def problem(self, reply: Reply) -> Problem:
        """Return the first error with Amazon's code; of its message not the values that were sent."""
        request_id = reply.headers.get(_REQUEST_ID)
        error = first_error(reply)
        code, message = error.get("code"), message_of(error)
        if not isinstance(code, str) or not message:
            return Problem(str(reply.status), status_sentence(reply), request_id)
        return Problem(code[:60], _SENT.sub("…", message)[:500], request_id)


def first_error(reply: Reply) -> Mapping[str, Any]:
    """Return the first error of an answer; empty where there is none."""
    errors = reply.data.get("errors") if isinstance(reply.data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def message_of(error: Mapping[str, Any]) -> str:
    """Return an error's message; empty where there is none."""
    message = error.get("message")
    return message if isinstance(message, str) else ""
