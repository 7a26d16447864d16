"""The way from a listing to its product, step by step: match by hand, then SKU, then ASIN. The first to lead wins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.decision import OrderContext
from handlers.rules.order_state import is_before_integration
from schemas.blockers import Blocker, BlockerKind
from schemas.gateway_requests import OrderLookup
from schemas.line import Line
from schemas.order import Order
from schemas.personal import EDITABLE_ADDRESS_FIELDS, Address
from schemas.status import ImportState, Status
from schemas.store import Store


@dataclass(frozen=True, slots=True)
class LookupStep:
    """One step: `by` match, sku or asin; the name that was looked for, if there is one; whether it led to a product."""

    by: str
    name: str | None
    found: bool
    result: str


def lookup_steps(known: OrderContext, line: Line, seen: OrderLookup) -> tuple[LookupStep, ...]:
    """Return the steps as `handlers.rules.products.product_of` goes them, up to the one that decides."""
    matched = known.matches.get(line.seller_sku)
    if matched:
        # A match by hand is the last word, also where its product is not there.
        return (_looked("match", matched, matched, seen),)
    tried = (
        LookupStep("match", None, found=False, result="no match by hand"),
        _looked("sku", line.seller_sku, line.seller_sku, seen),
        _by_asin(line.asin, seen),
    )
    return tried[:2] if tried[1].found else tried


def _looked(by: str, name: str, sku: str, seen: OrderLookup) -> LookupStep:
    found = sku in seen.products
    result = f"product {sku}" if found else f"{sku} is not in the catalog"
    return LookupStep(by, name, found=found, result=result)


def _by_asin(asin: str | None, seen: OrderLookup) -> LookupStep:
    if asin is None:
        return LookupStep("asin", None, found=False, result="Amazon told no ASIN")
    sku = seen.by_asin.get(asin)
    if sku is None:
        return LookupStep("asin", asin, found=False, result=f"no product has the ASIN {asin}")
    return _looked("asin", asin, sku, seen)


class FieldState(StrEnum):
    """How a field of the address is."""

    PRESENT = "present"
    MISSING = "missing"
    REFUSED = "refused"


def fields_of(address: Address | None, blockers: Sequence[Blocker]) -> dict[str, FieldState]:
    """Return the state of each field; Commerce's refusal names the fields that it is about."""
    refusals = " ".join(blocker.reason for blocker in blockers if blocker.kind is BlockerKind.ADDRESS)
    refused = set(re.findall(r"\w+", refusals))
    return {field: _state(address, field, refused) for field in EDITABLE_ADDRESS_FIELDS}


def _state(address: Address | None, field: str, refused: set[str]) -> FieldState:
    if field in refused:
        return FieldState.REFUSED
    has_value = address is not None and bool((getattr(address, field) or "").strip())
    return FieldState.PRESENT if has_value else FieldState.MISSING


_ON_ITS_WAY = {Status.PENDING, Status.PENDING_AVAILABILITY, Status.INVOICE_UNCONFIRMED}


def why_not_imported(order: Order, store: Store) -> str:
    """Say why no Commerce order is to be created."""
    if order.import_state is ImportState.CANCELED:
        return "Amazon canceled the order; nothing is created."
    if order.discarded is not None:
        return f"It was {order.discarded}; it is not imported."
    if is_before_integration(order, store):
        return "It was bought before the store's integration; it is never imported."
    if order.import_state is ImportState.VIEW_ONLY:
        return "The store's order import is disabled; manage the order in Amazon Seller Central."
    nothing = f"Nothing yet: while Amazon says {order.amazon_status}, the matrix creates no order."
    if Status(order.amazon_status) in _ON_ITS_WAY:
        return f"{nothing} Amazon verifies the payment first, and then says Unshipped."
    return nothing
