"""The blockers in words: what is wrong, the documented solution ("Order creation blockers"), the command to unblock."""

from schemas.blockers import Blocker, BlockerKind
from schemas.command_line import command_line
from schemas.fields import MAX_TEXT_LENGTH
from schemas.gateway_requests import RequestRefused
from schemas.line import Line
from schemas.order import Order

CANNOT_CREATE = "Cannot create sales order: "
"""How the documented note begins."""

_SOLUTIONS = {
    BlockerKind.PRODUCT_MISSING: "Create the product in the Commerce catalog and manually match the listing to it.",
    BlockerKind.PRODUCT_DISABLED: "Enable the product: its status in the Commerce catalog must be Enabled.",
    BlockerKind.OUT_OF_STOCK: "Update the product's quantity and source in Commerce.",
    BlockerKind.ADDRESS: "Edit the shipping address of the order so that Commerce accepts it.",
    BlockerKind.MONEY: "Compare the order with Seller Central; it is imported when Amazon reports amounts that add up.",
    BlockerKind.PERSONAL_DATA: "Wait for Amazon to release the shipping address, or enter it by hand.",
    BlockerKind.NEVER_PLACED: "Have the upstream system publish order.placed for this order.",
}


def blocked_note(found: tuple[Blocker, ...]) -> str:
    """Return the documented note of a blocked order.

    It has ten reasons at most, and as many as `order.blocked` takes: a thousand lines may have long SKUs.
    """
    notes = (_telling(found, count) for count in range(min(len(found), 10), 0, -1))
    return next(
        (note for note in notes if len(note) <= MAX_TEXT_LENGTH), _telling(found, 1)[: MAX_TEXT_LENGTH - 1] + "…"
    )


def _telling(found: tuple[Blocker, ...], count: int) -> str:
    told = [blocker.reason for blocker in found[:count]]
    more = [f"and {len(found) - count} more"] if len(found) > count else []
    return CANNOT_CREATE + "; ".join(told + more)


def product_missing(order: Order, line: Line, matched: str | None) -> Blocker:
    """Nothing in the catalog is the product of this line; *matched* is the SKU a person matched it to, if one did."""
    key = matched or line.seller_sku
    candidates = {f"product:{sku}" for sku in (matched, line.seller_sku, line.asin) if sku}
    listing = f"listing:{order.store_id}/{line.seller_sku}"
    return Blocker(
        kind=BlockerKind.PRODUCT_MISSING,
        key=key,
        reason=f'Product "{key}" in order does not exist in the catalog',
        solution=_SOLUTIONS[BlockerKind.PRODUCT_MISSING],
        command=command_line("products match", order.store_id, line.seller_sku, "SKU"),
        wake_keys=(*sorted(candidates), listing),
    )


def product_disabled(order: Order, line: Line, sku: str) -> Blocker:
    """The product exists and is disabled."""
    return Blocker(
        kind=BlockerKind.PRODUCT_DISABLED,
        key=sku,
        reason=f'Product "{sku}" in order is disabled',
        solution=_SOLUTIONS[BlockerKind.PRODUCT_DISABLED],
        command=command_line("products set", sku, options=("--enable",)),
        wake_keys=_product(order, line, sku),
    )


def out_of_stock(order: Order, line: Line, sku: str, salable: int | None = None) -> Blocker:
    """Fewer pieces are salable than the order wants; *salable* if it is known how many. Documented wording."""
    return Blocker(
        kind=BlockerKind.OUT_OF_STOCK,
        key=sku,
        reason=f'Product "{sku}" in order is not salable',
        solution=_SOLUTIONS[BlockerKind.OUT_OF_STOCK],
        command=command_line("products set", sku, options=("--quantity", "N")),
        wake_keys=_product(order, line, sku),
        salable=salable,
    )


def personal_data(order: Order) -> Blocker:
    """There is no shipping address to send the order to."""
    return _of_order(order, BlockerKind.PERSONAL_DATA, "The shipping address is not there yet", _edit(order))


def address(order: Order, reason: str) -> Blocker:
    """Commerce refuses the address; *reason* names the field, not its value."""
    return _of_order(order, BlockerKind.ADDRESS, reason, _edit(order))


def money(order: Order, reason: str) -> Blocker:
    """The amounts are not there or contradict one another."""
    return _of_order(order, BlockerKind.MONEY, reason, _about(order, "orders explain"))


def never_placed(amazon_order_id: str) -> Blocker:
    """Something was said about an order that nobody placed."""
    return Blocker(
        kind=BlockerKind.NEVER_PLACED,
        key=amazon_order_id,
        reason=f"Order {amazon_order_id} was never placed",
        solution=_SOLUTIONS[BlockerKind.NEVER_PLACED],
        command="crossdock publish FILE",
        wake_keys=(f"order:{amazon_order_id}",),
    )


def from_refusal(order: Order, refusal: RequestRefused) -> tuple[Blocker, ...]:
    """Return the blockers behind Commerce's refusal; none when it names no cause that we know."""
    found = []
    for cause in refusal.causes:
        line = _line_of(order, cause.key)
        if cause.kind is BlockerKind.ADDRESS:
            found.append(address(order, refusal.reason.removeprefix(CANNOT_CREATE)))
        elif line is not None and cause.kind in _BY_PRODUCT:
            found.append(_BY_PRODUCT[cause.kind](order, line, cause.key))
    return tuple(found)


_BY_PRODUCT = {
    BlockerKind.PRODUCT_MISSING: product_missing,
    BlockerKind.PRODUCT_DISABLED: product_disabled,
    BlockerKind.OUT_OF_STOCK: out_of_stock,
}


def _line_of(order: Order, sku: str) -> Line | None:
    """Return the line a product belongs to; the first line where the product came by a match of another name."""
    by_name = [line for line in order.lines if sku in (line.sku, line.seller_sku, line.asin)]
    return next(iter(by_name or order.lines), None)


def _product(order: Order, line: Line, sku: str) -> tuple[str, ...]:
    """A product's blocker may end when the product changes, or when the listing is matched to another one."""
    return f"product:{sku}", f"listing:{order.store_id}/{line.seller_sku}"


def _of_order(order: Order, kind: BlockerKind, reason: str, command: str) -> Blocker:
    return Blocker(
        kind=kind,
        key=order.amazon_order_id,
        reason=reason,
        solution=_SOLUTIONS[kind],
        command=command,
        wake_keys=(f"order:{order.amazon_order_id}",),
    )


def _edit(order: Order) -> str:
    return _about(order, "orders edit-address")


def _about(order: Order, words: str) -> str:
    """Return the command with the store: two may have an order of the same id."""
    return command_line(words, order.amazon_order_id, options=("--store", order.store_id))
