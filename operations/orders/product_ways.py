"""The way from a listing to its product, step by step: match by hand, then SKU, then ASIN. The first to lead wins."""

from dataclasses import dataclass

from handlers.decision import Known
from schemas.gateway_requests import OrderLookedUp
from schemas.line import Line


@dataclass(frozen=True, slots=True)
class Try:
    """One step: `by` match, sku or asin; the name that was looked for, if there is one; whether it led to a product."""

    by: str
    name: str | None
    found: bool
    result: str


def way_of(known: Known, line: Line, seen: OrderLookedUp) -> tuple[Try, ...]:
    """Return the steps as `handlers.rules.products.product_of` goes them, up to the one that decides."""
    matched = known.matches.get(line.seller_sku)
    if matched:
        # A match by hand is the last word, also where its product is not there.
        return (_looked("match", matched, matched, seen),)
    tried = (
        Try("match", None, found=False, result="no match by hand"),
        _looked("sku", line.seller_sku, line.seller_sku, seen),
        _by_asin(line.asin, seen),
    )
    return tried[:2] if tried[1].found else tried


def _looked(by: str, name: str, sku: str, seen: OrderLookedUp) -> Try:
    found = sku in seen.products
    result = f"product {sku}" if found else f"{sku} is not in the catalog"
    return Try(by, name, found=found, result=result)


def _by_asin(asin: str | None, seen: OrderLookedUp) -> Try:
    if asin is None:
        return Try("asin", None, found=False, result="Amazon told no ASIN")
    sku = seen.by_asin.get(asin)
    if sku is None:
        return Try("asin", asin, found=False, result=f"no product has the ASIN {asin}")
    return _looked("asin", asin, sku, seen)
