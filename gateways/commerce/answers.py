"""Commerce's answers, read: one that lacks a field is no fault of the order, and is asked for again."""

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from pydantic import ValidationError

from gateways.commerce.forms import Form, Order
from gateways.errors import CallFailedError
from gateways.http.call import Reply
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

Entity = Mapping[str, Any]
"""A JSON object of Commerce's."""

_ACCENTED = re.compile("([a-z])[\u0300-\u036f]+")
"""A Latin letter and its accents; in other scripts a mark may make another letter, which Commerce distinguishes."""


def sku_key(sku: object) -> str:
    """Return the key that all spellings of a SKU share which are one product to Commerce.

    Its database compares texts (MySQL, `utf8mb4_general_ci`) without case, accents and spaces at the end, so a product
    is found by a SKU in another spelling, and answered in its own.
    """
    return _ACCENTED.sub(r"\1", normalize("NFD", str(sku).rstrip(" ").lower()))


def items_of(reply: Reply) -> list[Entity]:
    """Return a list's entities; without any, Commerce writes null where `fields` were asked for."""
    items = object_of(reply).get("items")
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unexpected()
    return items


def read_as(form: type[Form], entity: Entity, *names: str) -> Entity:
    """Return an entity with its fields in their types. Raises for a wrong one, and without one of the named fields.

    An incomplete answer is no fault of the order.
    """
    if not isinstance(entity, dict) or any(entity.get(name) is None for name in names):
        raise unexpected()
    try:
        return form.model_validate(entity).model_dump(exclude_unset=True)
    except ValidationError:
        raise unexpected() from None  # pydantic's own sentence repeats the values


def order_of(entity: Entity) -> Entity:
    """Return an order, with its items."""
    return read_as(Order, entity, "entity_id", "increment_id", "items")


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
    problem = Problem("unexpected", "Commerce's answer does not have the form of its description.")
    return CallFailedError(problem.sentence, Outcome.BROKEN, problem)
