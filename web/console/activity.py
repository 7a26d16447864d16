"""The page of people's actions."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from operations.people.audit import list_actions
from web.console.pages import After, page
from web.context import Ctx
from web.security.permissions import Reader

router = APIRouter()

PAGE_SIZE = 50


@router.get("/activity")
def activity(
    request: Request,
    context: Ctx,
    person: Reader,
    action: Annotated[str, Query(max_length=100)] = "",
    subject: Annotated[str, Query(max_length=300)] = "",
    after: After = None,
) -> HTMLResponse:
    """Show people's actions, the latest first."""
    filters = {"subject": subject or None, "action": action or None}
    acts = list_actions(context, subject=filters["subject"], action=filters["action"], limit=PAGE_SIZE, after=after)
    return page(request, context, person, "activity.html", action=action, subject=subject, acts=acts)
