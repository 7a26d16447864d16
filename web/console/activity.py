"""The page of people's actions."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from operations.people.audit import list_acts
from web.console.pages import page
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()

PAGE_SIZE = 50
MAX_PAGE = 10_000


@router.get("/activity")
def activity(
    request: Request,
    context: Ctx,
    person: Reader,
    action: Annotated[str, Query(max_length=100)] = "",
    subject: Annotated[str, Query(max_length=300)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=MAX_PAGE)] = 1,
) -> HTMLResponse:
    """Show people's actions, the latest first."""
    first = (number - 1) * PAGE_SIZE
    wanted = {"subject": subject or None, "action": action or None}
    acts = list_acts(context, subject=wanted["subject"], action=wanted["action"], limit=PAGE_SIZE + 1, offset=first)
    values: dict[str, Any] = {"acts": acts[:PAGE_SIZE], "has_next": len(acts) > PAGE_SIZE, "number": number}
    return page(request, context, person, "activity.html", action=action, subject=subject, **values)
