"""Activity and failures: the audit log, looks at personal data, failed calls to Amazon and Commerce."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query

from operations import communication_errors
from operations.people.audit import list_actions
from operations.personal_data.looks import list_looks
from schemas.audit import AuditEntry
from schemas.communication_errors import ErrorFilter, LoggedError
from web.api.fields import OfStore, Word
from web.api.paging import Page, Paged, page_of
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
    subject: Annotated[Word | None, Query(description="The changed object, such as a dead letter's id.")] = None,
    action: Annotated[Word | None, Query(description="The action.", examples=["replay.start"])] = None,
) -> Page[AuditEntry]:
    """List people's actions, the latest first."""
    limit, cursor = paging
    return page_of(list_actions(context, subject=subject, action=action, limit=limit, after=cursor))


@router.get("/personal-data-looks", operation_id="listLooks")
def looks(context: Ctx, person: Reader, paging: Paged) -> Page[AuditEntry]:
    """List who looked at personal data, of which order, the latest first."""
    return page_of(list_looks(context, *paging))


@router.get("/communication-errors", operation_id="listCommunicationErrors")
def list_communication_errors(
    context: Ctx,
    person: Reader,
    paging: Paged,
    system: Annotated[ExternalSystem | None, Query(description="Only errors of this system.")] = None,
    seller: Annotated[Word | None, Query(description="Only errors of this seller's account on Amazon.")] = None,
    store_id: OfStore = None,
    amazon_order_id: Annotated[Word | None, Query(description="Only errors about this order.")] = None,
) -> Page[LoggedError]:
    """List failed calls to Amazon and Commerce, the latest first, with the other side's request id."""
    filters = ErrorFilter(system=system, seller=seller, store_id=store_id, amazon_order_id=amazon_order_id)
    return page_of(communication_errors.list_errors(context, filters, *paging))
