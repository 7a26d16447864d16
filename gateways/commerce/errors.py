"""Commerce's error answers: their outcome, and a sentence of each without the request's values."""

import re
from typing import Any

from gateways.http.call import Reply
from gateways.http.outcome import Outcome, outcome_of
from gateways.http.problem import Problem, status_sentence

CART_LOCKED = "The cart is locked for processing"

INTERNAL = "internal"
"""The code of an error that Commerce caught and logged (`Could not save a shipment, see error log for details`)."""

_REPORT = re.compile(r"Report ID: (webapi-[0-9a-f]+)")
_VALUE = re.compile(r"The \".*\" value's type is invalid", re.DOTALL)


class CommerceErrors:
    """Errors as `{"message": text with %1 or %name, "parameters": …}`; see gateways.http.problem.ErrorFormat.

    A 400 that refuses the signature's method, clock or nonce is no refusal of the call: the access is blocked. Nor is
    that of a cart that another call has: Commerce answers so at once since 2.4.7 (Magento\\Quote\\Model\\CartMutex).
    A 400 that refers to the log is an internal error, such as a deadlock, which only its log tells from a refusal.
    """

    def outcome(self, reply: Reply) -> Outcome:
        """Return the outcome of a reply."""
        if reply.status == 400 and message_of(reply).startswith("Signature method"):
            return Outcome.BLOCKED
        if _is_internal(reply) or (reply.status == 400 and message_of(reply).startswith(CART_LOCKED)):
            return Outcome.TRY_LATER
        return outcome_of(reply)

    def problem(self, reply: Reply) -> Problem:
        """Return the message with the parameters that Commerce itself chose; a report's id apart."""
        message = message_of(reply)
        if not message:
            return Problem(str(reply.status), status_sentence(reply))
        if report := _REPORT.search(message):
            return Problem(str(reply.status), "Internal error in Commerce; its log has the report.", report[1])
        code = INTERNAL if _is_internal(reply) else str(reply.status)
        return Problem(code, _VALUE.sub("A value's type is invalid", _filled(message, parameters_of(reply))))


def _is_internal(reply: Reply) -> bool:
    return reply.status == 400 and "see error log" in message_of(reply)


def message_of(reply: Reply) -> str:
    """Return the untranslated message, with its placeholders; empty without one."""
    message = reply.data.get("message") if isinstance(reply.data, dict) else None
    return message[:1000] if isinstance(message, str) else ""


def parameters_of(reply: Reply) -> Any:
    """Return the parameters of the message: a list, an object, or None."""
    return reply.data.get("parameters") if isinstance(reply.data, dict) else None


def _filled(message: str, parameters: Any) -> str:
    """Return the message with its parameters in place, as Commerce shows it to people."""
    named = parameters if isinstance(parameters, dict) else {}
    if isinstance(parameters, list):
        named = {str(number): value for number, value in enumerate(parameters, 1)}
    return re.sub(r"%(\w+)", lambda name: str(named.get(name[1], name[0]))[:200], message)
