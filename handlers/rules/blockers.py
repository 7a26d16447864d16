"""The blockers of an order: the reason, the documented solution ("Order creation blockers"), the remedy."""

from typing import TYPE_CHECKING

from handlers.rules.buyer_cancellation import buyer_cancellation
from schemas.blockers import Blocker, BlockerKind, Remedy, RemedyKind
from schemas.fields import MAX_TEXT_LENGTH
from schemas.line import Line
from schemas.order import Order
from schemas.status import AmazonStatus

if TYPE_CHECKING:
    from schemas.gateway_requests import RequestRefused

CANNOT_CREATE = "Cannot create sales order: "
"""The beginning of the documented note."""

_SOLUTIONS = {
    BlockerKind.PRODUCT_MISSING: "Create the product in the Commerce catalog and manually match the listing to it.",
    BlockerKind.PRODUCT_DISABLED: "Enable the product: its status in the Commerce catalog must be Enabled.",
    BlockerKind.OUT_OF_STOCK: "Update the product's quantity and source in Commerce.",
    BlockerKind.ADDRESS: "Edit the shipping address of the order so that Commerce accepts it.",
    BlockerKind.MONEY: (
        "Compare the order with Seller Central; it is imported when Amazon reports amounts that add up, or when you "
        "accept its total."
    ),
    BlockerKind.PERSONAL_DATA: "Wait for Amazon to release the shipping address, or enter it by hand.",
    BlockerKind.BUYER_CANCELLATION: (
        "Cancel the order on Amazon; or decline the request (`orders decline-cancel`), and it is imported all the same."
    ),
    BlockerKind.NEVER_PLACED: "Have the upstream system publish order.placed for this order.",
}


def blocked_note(blockers: tuple[Blocker, ...]) -> str:
    """Return the documented note of a blocked order.

    It has ten reasons at most, and as many as `order.blocked` takes: a thousand lines may have long SKUs.
    """
    notes = (_note(blockers, count) for count in range(min(len(blockers), 10), 0, -1))
    whole = next((note for note in notes if len(note) <= MAX_TEXT_LENGTH), None)
    return whole or _note(blockers, 1)[: MAX_TEXT_LENGTH - 1] + "…"


def _note(blockers: tuple[Blocker, ...], count: int) -> str:
    reasons = [blocker.reason for blocker in blockers[:count]]
    more = [f"and {len(blockers) - count} more"] if len(blockers) > count else []
    return CANNOT_CREATE + "; ".join(reasons + more)


def product_missing(order: Order, line: Line, matched: str | None) -> Blocker:
    """The catalog has no product for this line; *matched* is the SKU of its manual match, if it has one."""
    key = matched or line.seller_sku
    candidates = {f"product:{sku}" for sku in (matched, line.seller_sku, line.asin) if sku}
    listing = f"listing:{order.store_id}/{line.seller_sku}"
    return Blocker(
        kind=BlockerKind.PRODUCT_MISSING,
        key=key,
        reason=f'Product "{key}" in order does not exist in the catalog',
        solution=_SOLUTIONS[BlockerKind.PRODUCT_MISSING],
        remedy=_remedy(RemedyKind.MATCH_LISTING, store_id=order.store_id, seller_sku=line.seller_sku),
        wake_keys=(*sorted(candidates), listing),
    )


def product_disabled(order: Order, line: Line, sku: str) -> Blocker:
    """The product exists and is disabled."""
    return Blocker(
        kind=BlockerKind.PRODUCT_DISABLED,
        key=sku,
        reason=f'Product "{sku}" in order is disabled',
        solution=_SOLUTIONS[BlockerKind.PRODUCT_DISABLED],
        remedy=_remedy(RemedyKind.ENABLE_PRODUCT, sku=sku),
        wake_keys=_product(order, line, sku),
    )


def out_of_stock(order: Order, line: Line, sku: str, salable: int | None = None) -> Blocker:
    """Fewer pieces are salable than the order needs; *salable* is their number, if known. Documented wording."""
    return Blocker(
        kind=BlockerKind.OUT_OF_STOCK,
        key=sku,
        reason=f'Product "{sku}" in order is not salable',
        solution=_SOLUTIONS[BlockerKind.OUT_OF_STOCK],
        remedy=_remedy(RemedyKind.SET_QUANTITY, sku=sku),
        wake_keys=_product(order, line, sku),
        salable=salable,
    )


def personal_data(order: Order) -> Blocker:
    """Amazon has not released the shipping address yet."""
    reason = "The shipping address is not there yet"
    return _of_order(order, BlockerKind.PERSONAL_DATA, reason, RemedyKind.EDIT_ADDRESS)


def address(order: Order, reason: str) -> Blocker:
    """Commerce refuses the address; *reason* names the field, not its value."""
    return _of_order(order, BlockerKind.ADDRESS, reason, RemedyKind.EDIT_ADDRESS)


def money(order: Order, reason: str) -> Blocker:
    """Amounts are missing or contradict one another."""
    remedy = RemedyKind.ACCEPT_TOTAL if order.order_total else RemedyKind.STATE_TOTAL
    return _of_order(order, BlockerKind.MONEY, reason, remedy)


def buyer_asked_to_cancel(order: Order) -> Blocker | None:
    """The buyer asked to cancel the order or a part of it, and nobody has decided; None otherwise."""
    request = buyer_cancellation(order)
    if request is None:
        return None
    kind, (solution, remedy) = BlockerKind.BUYER_CANCELLATION, _decision(order, is_whole=request.is_of_all_lines)
    return _of_order(order, kind, request.sentence, remedy).model_copy(update={"solution": solution})


def _decision(order: Order, *, is_whole: bool) -> tuple[str, RemedyKind]:
    """Return how a buyer's request is decided. Only whole, unshipped orders can be canceled from here."""
    if order.cancellation:
        return "Wait until Amazon reports the order as canceled, as was requested.", RemedyKind.EXPLAIN_ORDER
    if is_whole and order.amazon_status is AmazonStatus.UNSHIPPED:
        return _SOLUTIONS[BlockerKind.BUYER_CANCELLATION], RemedyKind.CANCEL_ORDER
    return (
        "Cancel what the buyer does not want in Seller Central, and wait until Amazon reports it; or decline the "
        "request, and the order is imported all the same."
    ), RemedyKind.DECLINE_CANCELLATION


def never_placed(amazon_order_id: str) -> Blocker:
    """An event names an order that was never placed."""
    return Blocker(
        kind=BlockerKind.NEVER_PLACED,
        key=amazon_order_id,
        reason=f"Order {amazon_order_id} was never placed",
        solution=_SOLUTIONS[BlockerKind.NEVER_PLACED],
        remedy=_remedy(RemedyKind.PUBLISH_EVENTS),
        wake_keys=(f"order:{amazon_order_id}",),
    )


def from_refusal(order: Order, refusal: "RequestRefused", address_hint: str = "") -> tuple[Blocker, ...]:
    """Return the blockers behind Commerce's refusal; none when it names no known cause.

    *address_hint* is added to the reason of a refused address.
    """
    blockers = []
    for cause in refusal.causes:
        line = _line_of(order, cause.key)
        if cause.kind is BlockerKind.ADDRESS:
            blockers.append(address(order, refusal.reason.removeprefix(CANNOT_CREATE) + address_hint))
        elif line is not None and cause.kind in _BY_PRODUCT:
            blockers.append(_BY_PRODUCT[cause.kind](order, line, cause.key))
    return tuple(blockers)


_BY_PRODUCT = {
    BlockerKind.PRODUCT_MISSING: product_missing,
    BlockerKind.PRODUCT_DISABLED: product_disabled,
    BlockerKind.OUT_OF_STOCK: out_of_stock,
}


def _line_of(order: Order, sku: str) -> Line | None:
    """Return the line of a product; the first line where a manual match gave it a product of another name."""
    by_name = [line for line in order.lines if sku in (line.sku, line.seller_sku, line.asin)]
    return next(iter(by_name or order.lines), None)


def _product(order: Order, line: Line, sku: str) -> tuple[str, ...]:
    """A product's blocker may end when the product changes, or when the listing is matched to another one."""
    return f"product:{sku}", f"listing:{order.store_id}/{line.seller_sku}"


def _of_order(order: Order, kind: BlockerKind, reason: str, remedy: RemedyKind) -> Blocker:
    return Blocker(
        kind=kind,
        key=order.amazon_order_id,
        reason=reason,
        solution=_SOLUTIONS[kind],
        # The store is named because two stores may have orders of the same id.
        remedy=_remedy(remedy, store_id=order.store_id, amazon_order_id=order.amazon_order_id),
        wake_keys=(f"order:{order.amazon_order_id}",),
    )


def _remedy(kind: RemedyKind, **params: str) -> Remedy:
    return Remedy(kind=kind, params=params)
