"""Activity and failures: the audit log, looks at personal data, failed calls to Amazon and Commerce."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query

from operations import communication_errors
from operations.people.audit import list_acts
from operations.personal_data.looks import list_looks
from schemas.audit import AuditEntry
from schemas.communication_errors import ErrorFilter, LoggedError
from web.api.fields import OfStore, Word
from web.api.paging import Page, Paged, log_page
from web.api.permissions import Reader
from web.context import Ctx

router = APIRouter(tags=["activity"])


class ExternalSystem(StrEnum):
    """The external systems."""

    AMAZON = "amazon"
    COMMERCE = "commerce"


@router.get("/audit", operation_id="listAudit")
def list_audit(
    context: Ctx,
    person: Reader,
    paging: Paged,
    subject: Annotated[Word | None, Query(description="What was changed, such as a dead letter's id.")] = None,
    action: Annotated[Word | None, Query(description="What was done.", examples=["replay.start"])] = None,
) -> Page[AuditEntry]:
    """List people's actions, the latest first."""

    def read(limit: int, before: int | None) -> list[AuditEntry]:
        return list_acts(context, subject=subject, action=action, limit=limit, before=before)

    return log_page(read, paging)


@router.get("/personal-data-looks", operation_id="listLooks")
def looks(context: Ctx, person: Reader, paging: Paged) -> Page[AuditEntry]:
    """List who looked at personal data, of which order, the latest first."""
    return log_page(lambda limit, before: list_looks(context, limit, before=before), paging)


@router.get("/communication-errors", operation_id="listCommunicationErrors")
def list_communication_errors(
    context: Ctx,
    person: Reader,
    paging: Paged,
    system: Annotated[ExternalSystem | None, Query(description="Only errors of this system.")] = None,
    store_id: OfStore = None,
    amazon_order_id: Annotated[Word | None, Query(description="Only errors about this order.")] = None,
) -> Page[LoggedError]:
    """List failed calls to Amazon and Commerce, the latest first, with the other side's request id."""
    filters = ErrorFilter(system=system, store_id=store_id, amazon_order_id=amazon_order_id)

    def read(limit: int, before: int | None) -> tuple[LoggedError, ...]:
        return communication_errors.list_errors(context, filters, limit, before=before)

    return log_page(read, paging)
