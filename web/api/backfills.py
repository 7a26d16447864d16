"""Backfills: start, list, show, pause and resume the publishing of Amazon's orders of a span of time."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from operations import backfills
from operations.backfills import BackfillProgress
from web.api.fields import Because, IdPrefix, Reason, RequestBody, Word
from web.api.paging import Page, Paged, page_of
from web.api.permissions import ChangesSettings, Reader
from web.context import Ctx

router = APIRouter(tags=["backfills"])

Created = Annotated[AwareDatetime, Field(examples=["2026-01-01T00:00:00Z"])]


class Span(RequestBody):
    """The orders to publish: those created from `created_from` on, until `created_until` or now."""

    created_from: Created
    created_until: Created | None = None
    store_id: Word | None = Field(None, description="Only this store's orders.", examples=["demo-us"])
    seller: Word | None = Field(None, description="Whose orders, of several sellers on Amazon.", examples=["acme"])
    reason: Reason = Field(examples=["Orders of before the integration"])


@router.post("/backfills", operation_id="startBackfill", status_code=201)
def start(context: Ctx, person: ChangesSettings, span: Span) -> BackfillProgress:
    """Start publishing Amazon's orders of a span; `crossdock intake amazon` carries it out. 409 without a seller."""
    since, until = span.created_from, span.created_until
    return backfills.start_backfill(
        context, since, until, span.store_id, span.seller, actor=person.name, why=span.reason
    )


@router.get("/backfills", operation_id="listBackfills")
def list_backfills(context: Ctx, person: Reader, paging: Paged) -> Page[BackfillProgress]:
    """List backfills, the latest first."""
    return page_of(backfills.list_backfills(context, *paging))


@router.get("/backfills/{backfill_id}", operation_id="showBackfill")
def show(context: Ctx, person: Reader, backfill_id: IdPrefix) -> BackfillProgress:
    """Show how far a backfill is, and when it will have ended."""
    return backfills.show_backfill(context, backfill_id)


@router.post("/backfills/{backfill_id}/pause", operation_id="pauseBackfill")
def pause(context: Ctx, person: ChangesSettings, backfill_id: IdPrefix, why: Because) -> BackfillProgress:
    """Pause a backfill: no page is read until it is resumed."""
    return backfills.pause_backfill(context, backfill_id, actor=person.name, why=why.reason)


@router.post("/backfills/{backfill_id}/resume", operation_id="resumeBackfill")
def resume(context: Ctx, person: ChangesSettings, backfill_id: IdPrefix, why: Because) -> BackfillProgress:
    """Resume a paused backfill where it stood."""
    return backfills.resume_backfill(context, backfill_id, actor=person.name, why=why.reason)
