"""The JSON API. One module a subject; each has a `router` that is included here."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer

from operations.stale_forms import StaleField
from schemas.value import Value
from web.api import people


class ErrorAnswer(Value):
    """What every refused or failed request gets: one sentence; for a stale edit also the difference."""

    error: str
    difference: list[StaleField] | None = None


_EVERYWHERE: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No valid token."},
    403: {"model": ErrorAnswer, "description": "The token's scopes or its user's role do not allow it."},
    404: {"model": ErrorAnswer, "description": "There is no such thing."},
    409: {"model": ErrorAnswer, "description": "It is not as the action needs it, or somebody changed it."},
    422: {"model": ErrorAnswer, "description": "The input is wrong."},
    503: {"model": ErrorAnswer, "description": "The database is away; `Retry-After` has the seconds to wait."},
}

_bearer = HTTPBearer(auto_error=False, description="An API token: `crossdock tokens create`.")

router = APIRouter(prefix="/api/v1", responses=_EVERYWHERE, dependencies=[Depends(_bearer)])
for _module in (people,):
    router.include_router(_module.router)
