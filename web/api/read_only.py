"""Read-only mode: of a copy of the database, from which nothing is sent to Amazon and Commerce."""

from typing import Annotated

from fastapi import APIRouter, Query

from operations.read_only import ReadOnlyStatus, release, show_read_only, switch_on
from schemas.read_only import ReadOnlyMode
from web.api.fields import Because
from web.api.permissions import ChangesSettings, Reader
from web.context import Ctx

router = APIRouter(tags=["operation"])


@router.get("/read-only", operation_id="showReadOnly")
def show(
    context: Ctx,
    person: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="Changes that were not sent, at most.")] = 50,
) -> ReadOnlyStatus:
    """Show whether read-only mode is on, and the requests that were not sent to Amazon and Commerce."""
    return show_read_only(context, limit)


@router.post("/read-only/on", operation_id="switchReadOnlyOn")
def on(context: Ctx, person: ChangesSettings, why: Because) -> ReadOnlyMode:
    """Send nothing to Amazon and Commerce from now on; orders are handled as ever, and due requests are sent later."""
    return switch_on(context, actor=person.name, why=why.reason)


@router.post("/read-only/release", operation_id="releaseReadOnly")
def off(context: Ctx, person: ChangesSettings, why: Because) -> ReadOnlyStatus:
    """End read-only mode, and take the database's present place for the original's."""
    release(context, actor=person.name, why=why.reason)
    return show_read_only(context, 50)
