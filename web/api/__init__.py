"""The JSON API. One module a subject; each has a `router` that is included here."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from web.api import (
    activity,
    backfills,
    dead_letters,
    events,
    letter_messages,
    operation,
    order_actions,
    order_views,
    orders,
    people,
    products,
    publishers,
    read_only,
    replays,
    stores,
)
from web.api.errors import ErrorAnswer
from web.api.query_check import refuse_unknown_parameters

_EVERYWHERE: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No valid token."},
    403: {"model": ErrorAnswer, "description": "The token's scopes or its user's role do not allow it."},
    404: {"model": ErrorAnswer, "description": "There is no such thing."},
    409: {"model": ErrorAnswer, "description": "It is not as the action needs it, or somebody changed it."},
    422: {"model": ErrorAnswer, "description": "The input is wrong."},
    413: {"model": ErrorAnswer, "description": "The body is too large."},
    503: {"model": ErrorAnswer, "description": "The database is away; `Retry-After` has the seconds to wait."},
}

_bearer = HTTPBearer(auto_error=False, description="An API token: `crossdock tokens create`.")

PREFIX = "/api/v1"

router = APIRouter(
    prefix=PREFIX,
    responses=_EVERYWHERE,
    dependencies=[Depends(_bearer), Depends(refuse_unknown_parameters)],
)
_SUBJECTS = (
    *(stores, orders, order_views, order_actions, products, dead_letters, letter_messages, replays),
    *(events, backfills, publishers, activity, operation, read_only, people),
)
for _module in _SUBJECTS:
    router.include_router(_module.router)


def methods_at(path: str) -> set[str]:
    """Return the methods of all routes of an address; the framework returns those of the first."""
    routes = [route for module in _SUBJECTS for route in module.router.routes if isinstance(route, APIRoute)]
    matching = (route for route in routes if route.path_regex.match(path.removeprefix(PREFIX)))
    return {method for route in matching for method in route.methods or ()}
