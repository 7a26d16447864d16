"""searchCriteria: filters, sorting and pages of a list, and the parameter `fields`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateways.simulator.rest.errors import RestError, UnhandledError
from gateways.simulator.rest.shop import Entity, collated

Query = Sequence[tuple[str, str]]

_PART = re.compile(r"\[([^\]]*)\]")

_GROUPS = {"filtergroups", "filter_groups"}
_TYPES = {"conditiontype", "condition_type"}


def search(entities: Sequence[Entity], query: Query, columns: frozenset[str]) -> Entity:
    """Return the page that the query asks for. *columns* are the fields that can be filtered and sorted by."""
    if not any(name.startswith("searchCriteria") for name, _ in query):
        raise RestError(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
    groups, options = _criteria(query)
    matching = [e for e in entities if all(any(_matches(e, f, columns) for f in group) for group in groups)]
    size, page = int(options.get("pageSize") or 0), max(1, int(options.get("currentPage") or 1))
    chosen = matching[(page - 1) * size : page * size] if size else matching
    criteria: Entity = {"filter_groups": [{"filters": list(group)} for group in groups]}
    if size:
        criteria |= {"page_size": size, "current_page": page}
    return projected({"items": chosen, "search_criteria": criteria, "total_count": len(matching)}, query)


def _criteria(query: Query) -> tuple[list[list[Entity]], dict[str, str]]:
    groups: dict[str, dict[str, Entity]] = {}
    options: dict[str, str] = {}
    for name, value in query:
        parts = _PART.findall(name) if name.startswith("searchCriteria[") else []
        match parts:
            case [group, number, "filters", position, field] if group.lower() in _GROUPS:
                key = "condition_type" if field.lower() in _TYPES else field
                groups.setdefault(number, {}).setdefault(position, {})[key] = value
            case [option]:
                options[{"page_size": "pageSize", "current_page": "currentPage"}.get(option, option)] = value
            case _:
                pass
    return [list(filters.values()) for filters in groups.values()], options


_CONDITIONS: dict[str, Callable[[Any, str], bool]] = {
    "eq": lambda have, want: collated(str(have)) == collated(want),
    "neq": lambda have, want: collated(str(have)) != collated(want),
    "in": lambda have, want: collated(str(have)) in map(collated, want.split(",")),
    "gteq": lambda have, want: _instant(have) >= _instant(want),
    "from": lambda have, want: _instant(have) >= _instant(want),
    "gt": lambda have, want: _instant(have) > _instant(want),
    "lteq": lambda have, want: _instant(have) <= _instant(want),
    "lt": lambda have, want: _instant(have) < _instant(want),
    "like": lambda have, want: bool(re.fullmatch(re.escape(want).replace("%", ".*"), str(have), re.IGNORECASE)),
}


def _matches(entity: Entity, criterion: Entity, columns: frozenset[str]) -> bool:
    """Whether an entity matches a filter. By an unknown column the database cannot filter: an internal error."""
    field, condition = str(criterion.get("field")), str(criterion.get("condition_type", "eq"))
    if field not in columns:
        raise UnhandledError
    have = entity.get(field)
    if condition in ("null", "notnull"):
        return (have is None) == (condition == "null")
    compare = _CONDITIONS.get(condition)
    if compare is None:
        raise UnhandledError
    if field == "sku" and condition == "gt":
        return str(have) > str(criterion.get("value", ""))
    return have is not None and compare(have, str(criterion.get("value", "")))


def _instant(value: object) -> tuple[int, float, str]:
    """Return a value in the order of a column: numbers by size, instants as text in one spelling."""
    text = str(value).replace("T", " ").removesuffix("Z")
    return (0, float(text), "") if re.fullmatch(r"-?\d+(\.\d+)?", text) else (1, 0.0, text)


def projected(answer: Entity, query: Query) -> Entity:
    """Return only the wanted `fields`; an empty list becomes null then, as Commerce has it."""
    fields = dict(query).get("fields")
    if fields is None:
        return answer
    tree = _field_tree(fields)
    projected: Entity = _pick(answer, tree)
    return {name: None if value == [] else value for name, value in projected.items()}


def _field_tree(text: str) -> dict[str, Any]:
    """Parse `items[sku,tracks[track_number]],total_count`."""
    tree: dict[str, Any] = {}
    stack = [tree]
    last = ""
    for part in re.findall(r"[\w]+|[\[\]]", text):
        if part == "[":
            stack.append(stack[-1][last])
        elif part == "]":
            stack.pop()
        else:
            stack[-1][part] = {}
            last = part
    return tree


def _pick(value: Any, tree: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    if isinstance(value, dict) and tree:
        return {name: _pick(value[name], below) for name, below in tree.items() if name in value}
    return value
