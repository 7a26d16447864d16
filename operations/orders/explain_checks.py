"""Checks that an explanation shows: the product look-up step by step, the fields of the address, the import state."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from handlers.decision import OrderContext
from handlers.rules.order_state import is_before_integration
from schemas.blockers import Blocker, BlockerKind
from schemas.gateway_requests import OrderLookup
from schemas.line import Line
from schemas.order import Order
from schemas.personal import EDITABLE_ADDRESS_FIELDS, Address
from schemas.status import AmazonStatus, Channel, ImportState
from schemas.store import Store
from schemas.value import Value

LookupKey = Literal["match", "sku", "asin"]


class LookupStep(Value):
    """One step from a listing to its product: the manual match, then the SKU, then the ASIN; the first found wins."""

    by: LookupKey
    name: str | None
    """The matched SKU, the seller SKU or the ASIN, if there is one."""
    found: bool
    """Whether the step led to a product of the catalog."""
    result: str
    """The outcome in words."""


def lookup_steps(order_context: OrderContext, line: Line, seen: OrderLookup) -> tuple[LookupStep, ...]:
    """Return the steps in the order of `handlers.rules.products.product_of`, up to the one that decides."""
    matched = order_context.matches.get(line.seller_sku)
    if matched:
        # A manual match is final, also where its product is missing.
        return (_step("match", matched, matched, seen),)
    steps = (
        LookupStep(by="match", name=None, found=False, result="none"),
        _step("sku", line.seller_sku, line.seller_sku, seen),
        _by_asin(line.asin, seen),
    )
    return steps[:2] if steps[1].found else steps


def _step(by: LookupKey, name: str, sku: str, seen: OrderLookup) -> LookupStep:
    exists = sku in seen.products
    result = f"product {sku}" if exists else f"{sku} is not in the catalog"
    return LookupStep(by=by, name=name, found=exists, result=result)


def _by_asin(asin: str | None, seen: OrderLookup) -> LookupStep:
    if asin is None:
        return LookupStep(by="asin", name=None, found=False, result="not reported")
    sku = seen.by_asin.get(asin)
    if sku is None:
        return LookupStep(by="asin", name=asin, found=False, result=f"no product has the ASIN {asin}")
    return _step("asin", asin, sku, seen)


class FieldState(StrEnum):
    """The state of one field of the address."""

    PRESENT = "present"
    MISSING = "missing"
    REFUSED = "refused"


def fields_of(address: Address | None, blockers: Sequence[Blocker]) -> dict[str, FieldState]:
    """Return the state of each editable field; Commerce's refusal names the fields that it refuses."""
    refusals = " ".join(blocker.reason for blocker in blockers if blocker.kind is BlockerKind.ADDRESS)
    refused = set(re.findall(r"\w+", refusals))
    return {field: _state(address, field, refused) for field in EDITABLE_ADDRESS_FIELDS}


def _state(address: Address | None, field: str, refused: set[str]) -> FieldState:
    if field in refused:
        return FieldState.REFUSED
    has_value = address is not None and bool((getattr(address, field) or "").strip())
    return FieldState.PRESENT if has_value else FieldState.MISSING


_BEFORE_PAYMENT = {AmazonStatus.PENDING, AmazonStatus.PENDING_AVAILABILITY}


def why_not_imported(order: Order, store: Store) -> str:
    """Return in a sentence why no Commerce order is to be created."""
    if order.import_state is ImportState.CANCELED:
        return "Canceled on Amazon; no Commerce order is created."
    if order.discarded is not None:
        return f"Never imported: the order was {order.discarded}."
    if is_before_integration(order, store):
        return "Never imported: the order was purchased before the store's integration."
    if order.import_state is ImportState.VIEW_ONLY:
        return "The store's order import is disabled; manage the order in Amazon Seller Central."
    not_due = f"Not due: the matrix creates no order while its Amazon status is {order.amazon_status}."
    return f"{not_due} {order.amazon_status.meaning}{_due_at(order)}"


def _due_at(order: Order) -> str:
    """Return as a sentence at which status the order becomes due; nothing where Amazon reports none any more."""
    if order.amazon_status is AmazonStatus.UNFULFILLABLE:
        return ""
    is_before = order.fulfillment_channel is Channel.MFN and order.amazon_status in _BEFORE_PAYMENT
    return f" It is imported when Amazon reports it as {'Unshipped' if is_before else 'Shipped'}."
