"""A module of the shop's own that creates orders whole; its contract is in docs/connect-commerce.md."""

from dataclasses import dataclass

from gateways.commerce.answers import Entity, object_of, read_as
from gateways.commerce.client import CommerceClient, Purpose
from gateways.commerce.errors import message_of
from gateways.commerce.forms import Order
from gateways.errors import CallFailedError, CallRefusedError
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

NO_ROUTE = "Request does not match any route."
"""Commerce's answer to every call of a module that it does not have."""

REQUIRED = '"%fieldName" is required. Enter and try again.'


@dataclass(frozen=True, slots=True)
class ShopModule:
    """The module at a path such as `/V1/crossdock/orders`."""

    client: CommerceClient
    path: str

    def create(self, entity: Entity, purpose: Purpose, *, reserve: bool, new_customer: bool) -> str:
        """Have an order created, once for each `ext_order_id`, and return its number.

        *reserve*: with its stock. *new_customer*: for the customer of its mailbox, who is created if there is none.
        Raises CallRefusedError, and CallFailedError: a shop that has lost its module has no order refused.
        """
        body = {"entity": entity, "reserve": reserve, "new_customer": new_customer}
        try:
            reply = self.client.send(purpose, "POST", self.path, body, repeatable=True)
        except CallRefusedError as error:
            if message_of(error.reply) != NO_ROUTE:
                raise
            problem = Problem("404", f"The shop has no module at {self.path}; `crossdock doctor` names the remedy.")
            raise CallFailedError(problem.sentence, Outcome.BLOCKED, problem) from None
        return str(read_as(Order, object_of(reply), "entity_id", "increment_id")["increment_id"])

    def is_there(self, purpose: Purpose) -> bool:
        """Whether the shop has it: Commerce refuses a module's call that lacks its order, and nothing is created."""
        # With the other two, for of several that are missing the refusal names none.
        body, answers = {"reserve": False, "new_customer": False}, frozenset({400, 404})
        reply = self.client.send(purpose, "POST", self.path, body, answers=answers, repeatable=True)
        return reply.status == 400 and message_of(reply) == REQUIRED
