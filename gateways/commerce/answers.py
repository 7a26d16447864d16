"""Commerce's answers, read: one that lacks a field is no fault of the order, and is asked for again."""

from collections.abc import Mapping
from typing import Any

from gateways.errors import CallFailedError
from gateways.http.call import Reply
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

Entity = Mapping[str, Any]
"""A JSON object of Commerce's."""


def items_of(reply: Reply) -> list[Entity]:
    """Return a list's entities; without any, Commerce writes null where `fields` were asked for."""
    items = object_of(reply).get("items")
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unexpected()
    return items


def with_fields(entity: Entity, *names: str) -> Entity:
    """Return an entity that has these fields, else raise: an incomplete answer is no fault of the order."""
    if not isinstance(entity, dict) or any(entity.get(name) is None for name in names):
        raise unexpected()
    return entity


def order_of(entity: Entity) -> Entity:
    """Return an order, with its items."""
    items = with_fields(entity, "entity_id", "increment_id", "items")["items"]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unexpected()
    return entity


def object_of(reply: Reply) -> Entity:
    """Return the JSON object that a reply has."""
    if not isinstance(reply.data, dict):
        raise unexpected()
    return reply.data


def number_of(reply: Reply) -> int:
    """Return an id: text in some answers, a number in others."""
    try:
        return int(reply.data)
    except (TypeError, ValueError):
        raise unexpected() from None


def unexpected() -> CallFailedError:
    """Return the error of an incomplete answer; the call is repeated later."""
    problem = Problem("unexpected", "Commerce's answer does not have the form that its description says.")
    return CallFailedError(problem.sentence, Outcome.BROKEN, problem)
