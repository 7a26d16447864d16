"""Actions of staff on an order: cancel, edit the address, import now, accept a total, decline a cancellation, reset."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from operations.orders import actions
from operations.orders.models import OrderActionResult
from schemas.order import CANCEL_REASONS
from web.api.fields import AmazonOrderIdPath, Because, InStore, RequestBody
from web.api.permissions import ActsOnOrders
from web.context import Ctx

router = APIRouter(tags=["order actions"])

Line = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]


AmazonsReason = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CANCEL_REASONS)})$")]


class CancelReason(RequestBody):
    """Why the order is canceled, in Amazon's words."""

    reason: AmazonsReason = Field(examples=[CANCEL_REASONS[0]])


class AcceptedAmount(Because):
    """The total to import the order by, where Amazon reports none."""

    total: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")] | None = Field(
        None, examples=["11.01"]
    )


class AddressFields(RequestBody):
    """Fields of a shipping address. A field that is not given stays; an empty one is removed."""

    name: Line | None = Field(None, examples=["A. Buyer"])
    line1: Line | None = Field(None, examples=["1 Example Street"])
    line2: Line | None = None
    line3: Line | None = None
    city: Line | None = Field(None, examples=["Exampleville"])
    region: Line | None = Field(None, examples=["CA"])
    postal_code: Line | None = Field(None, examples=["90001"])
    country_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(None, examples=["US"])
    company: Line | None = None
    phone: Line | None = None


class AddressEdit(RequestBody):
    """Changes to an address, and the fields that the person saw: a field that somebody else changed is refused."""

    changes: AddressFields
    seen: AddressFields | None = Field(None, description="Fields as they were read; 409 when one is another by now.")


@router.post("/orders/{amazon_order_id}/cancel", operation_id="cancelOrder")
def cancel(
    context: Ctx, person: ActsOnOrders, amazon_order_id: AmazonOrderIdPath, why: CancelReason, store_id: InStore = None
) -> OrderActionResult:
    """Request Amazon's cancellation of an Unshipped order. It is canceled once Amazon reports so."""
    return actions.cancel_order(context, amazon_order_id, store_id, why.reason, actor=person.name)


@router.post("/orders/{amazon_order_id}/import", operation_id="importOrder")
def request_import(
    context: Ctx, person: ActsOnOrders, amazon_order_id: AmazonOrderIdPath, store_id: InStore = None
) -> OrderActionResult:
    """Request the import of a blocked order now, and not at the next sync."""
    return actions.request_import(context, amazon_order_id, store_id, actor=person.name)


@router.patch("/orders/{amazon_order_id}/address", operation_id="editAddress")
def edit_address(
    context: Ctx, person: ActsOnOrders, amazon_order_id: AmazonOrderIdPath, edit: AddressEdit, store_id: InStore = None
) -> OrderActionResult:
    """Change fields of the shipping address. An order that its address blocked is imported again."""
    changes = edit.changes.model_dump(exclude_none=True)
    seen = edit.seen.model_dump(exclude_none=True) if edit.seen else None
    return actions.edit_address(context, amazon_order_id, store_id, changes, actor=person.name, seen=seen)


@router.post("/orders/{amazon_order_id}/accept-total", operation_id="acceptTotal")
def accept_total(
    context: Ctx, person: ActsOnOrders, amazon_order_id: AmazonOrderIdPath, by: AcceptedAmount, store_id: InStore = None
) -> OrderActionResult:
    """Import an order that its amounts block, by its total or by one that is stated."""
    total = None if by.total is None else Decimal(by.total)
    return actions.accept_total(context, amazon_order_id, store_id, total=total, actor=person.name, reason=by.reason)


@router.post("/orders/{amazon_order_id}/decline-cancellation", operation_id="declineCancellation")
def decline_cancellation(
    context: Ctx, person: ActsOnOrders, amazon_order_id: AmazonOrderIdPath, why: Because, store_id: InStore = None
) -> OrderActionResult:
    """Import an order although its buyer asked to cancel it."""
    return actions.decline_cancellation(context, amazon_order_id, store_id, actor=person.name, reason=why.reason)


@router.post("/orders/{amazon_order_id}/reset-facts", operation_id="resetFacts")
def reset_facts(
    context: Ctx, person: ActsOnOrders, amazon_order_id: AmazonOrderIdPath, why: Because, store_id: InStore = None
) -> OrderActionResult:
    """Let Amazon's next report count after a wrong one, even with an earlier date."""
    return actions.reset_facts(context, amazon_order_id, store_id, actor=person.name, reason=why.reason)
