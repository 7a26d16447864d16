"""A buyer's request to cancel: the import waits until Amazon cancels the order or a person declines the request.

Amazon reports the request by line (Orders API v0, BuyerRequestedCancel; 2026-01-01, cancellationRequest; ORDER_CHANGE,
IsBuyerRequestedCancel) and leaves the decision to the seller: an order that is shipped all the same is returned.
"""

from typing import NamedTuple

from handlers.rules.parcels import shipped_quantities
from schemas.instructions import ItemInstructions, RecordedInstructions
from schemas.order import Order
from schemas.status import AmazonStatus, Channel
from schemas.synthetic_items import synthetic_ids

WHOLE_ORDER = ""
"""The key of a request that names no line."""

_MAX_REASONS, _MAX_REASON_LENGTH = 3, 200
"""The reasons shown in a sentence and the characters of each: a thousand lines may have long ones."""

_CANCELABLE = {
    AmazonStatus.PENDING_AVAILABILITY,
    AmazonStatus.PENDING,
    AmazonStatus.UNSHIPPED,
    AmazonStatus.PARTIALLY_SHIPPED,
}


class BuyerCancellation(NamedTuple):
    """An open request: its keys (ids of lines, or WHOLE_ORDER), the buyer's reasons, whether it is for all lines."""

    keys: tuple[str, ...]
    reasons: tuple[str, ...]
    is_of_all_lines: bool

    @property
    def sentence(self) -> str:
        """The request in words, without a point: it is a part of notes and reasons."""
        listed = "; ".join(reason[:_MAX_REASON_LENGTH] for reason in self.reasons[:_MAX_REASONS])
        reasons = f" ({listed})" if listed else ""
        return f"The buyer asked to cancel {'the order' if self.is_of_all_lines else 'a part of the order'}{reasons}"


def buyer_cancellation(order: Order) -> BuyerCancellation | None:
    """Return the buyer's requests that are undecided; None without one, or when nothing can be canceled any more."""
    if order.instructions is None or not _is_cancelable(order):
        return None
    declined = _declined_keys(order)
    shipped = shipped_quantities(order)
    open_lines = {
        line.order_item_id
        for line in order.lines
        if max(line.quantity_shipped, shipped[line.order_item_id]) < line.quantity
    }
    requests = [
        (key, reason)
        for key, reason in _requests(order, order.instructions)
        if key not in declined and (key == WHOLE_ORDER or _may_be_met(order, key, open_lines))
    ]
    if not requests:
        return None
    keys = tuple(key for key, _ in requests)
    return BuyerCancellation(
        keys=keys,
        reasons=tuple(dict.fromkeys(reason for _, reason in requests if reason)),
        is_of_all_lines=WHOLE_ORDER in keys or open_lines.issubset(keys),
    )


def buyer_cancellation_sentence(order: Order) -> str | None:
    """Return the undecided request in a sentence, without its point; None without one."""
    request = buyer_cancellation(order)
    return request.sentence if request else None


def keys_to_decline(order: Order, request: BuyerCancellation) -> tuple[str, ...]:
    """Return the keys that a decision on the request covers.

    One for all lines may be reported again in another form, for the order or line by line.
    """
    if not request.is_of_all_lines:
        return request.keys
    return (WHOLE_ORDER, *(line.order_item_id for line in order.lines), *request.keys)


def _declined_keys(order: Order) -> set[str]:
    """Return the keys of declined requests; one declined under a synthetic id is declined under Amazon's id, too."""
    declined = order.declined_cancellation.keys if order.declined_cancellation else ()
    return {*declined, *(order.amazon_ids[key] for key in declined if key in order.amazon_ids)}


def _is_cancelable(order: Order) -> bool:
    return order.fulfillment_channel is Channel.MFN and order.amazon_status in _CANCELABLE


def _requests(order: Order, instructions: RecordedInstructions) -> list[tuple[str, str | None]]:
    """Return the key and the reason of each request."""
    facts = instructions.facts
    of_order = [(WHOLE_ORDER, facts.buyer_cancel_reason)] if facts.buyer_cancellation else []
    return of_order + [
        (item.order_item_id, item.buyer_cancel_reason)
        for item in facts.items
        if item.buyer_cancellation and not _is_repeated(order, item, instructions.stamps)
    ]


def _is_repeated(order: Order, item: ItemInstructions, stamps: dict[str, int]) -> bool:
    """Whether the line was reported under Amazon's id since, with or without the request."""
    same = f"buyer_cancellation:{order.amazon_ids.get(item.order_item_id)}"
    return stamps.get(same, -1) >= stamps[f"buyer_cancellation:{item.order_item_id}"]


def _may_be_met(order: Order, key: str, open_lines: set[str]) -> bool:
    """Whether a line's request may still be met: it is not shipped in full, and was not removed from the order.

    A line that is known under another id only may.
    """
    if any(line.order_item_id == key for line in order.lines):
        return key in open_lines
    is_removed = any(line.order_item_id == key for line in order.removed_lines)
    return not is_removed or bool(synthetic_ids([key], order.amazon_order_id))
