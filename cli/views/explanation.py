"""Text of an explanation: the decisions about an order's import, as a tree of lines."""

from collections.abc import Iterator, Sequence

from cli.command_line import command_of
from cli.terminal.output import say, to_seconds
from operations.orders.explain_checks import FieldState
from operations.orders.explanation import (
    AddressExplanation,
    Explanation,
    LineExplanation,
    MoneyExplanation,
    NeverPlacedOrder,
    RecordedBlocker,
)
from schemas.dead_letters import DeadLetter
from schemas.status import Channel, Status

_CHANNELS = {Channel.MFN: "FBM, shipped by the merchant", Channel.AFN: "FBA, shipped by Amazon"}
_STEPS = {"match": "manual match", "sku": "seller SKU", "asin": "ASIN"}


def print_explanation(explained: Explanation | NeverPlacedOrder) -> None:
    """Print an explanation as indented lines."""
    lines = _never_placed_lines(explained) if isinstance(explained, NeverPlacedOrder) else _lines(explained)
    for line in lines:
        say(line)


def _lines(explained: Explanation) -> Iterator[str]:
    matrix = "with" if explained.inventory_management else "without"
    yield f"Order {explained.amazon_order_id} of store {explained.store_id}"
    yield f"  Amazon status {explained.amazon_status}; {_CHANNELS[explained.fulfillment_channel]}"
    yield f"    {explained.status_meaning}"
    yield f"  Order creation matrix {matrix} inventory management"
    for line in explained.lines:
        yield from _line_lines(explained, line)
    yield f"  Shipping address: {_address(explained.address)}"
    yield from _money_lines(explained.money)
    yield from _instruction_lines(explained)
    for blocker in explained.recorded:
        if not blocker.still:
            yield f"  Resolved: {blocker.reason}, blocked since {_time(blocker)}"
    yield f"  Now: {explained.outcome}"
    for current in explained.blocked_on:
        yield f"    {current.reason} ({current.kind})"
        yield f"      Solution  {current.solution}"
        yield f"      Command   {command_of(current.remedy)}"
    yield from _letter_lines(explained.dead_letters)


def _line_lines(explained: Explanation, line: LineExplanation) -> Iterator[str]:
    yield f"  Listing {line.seller_sku}, quantity {line.quantity}"
    yield f"    costs: {_costs(line)}"
    for step in line.way:
        yield f"    {_STEPS[step.by]}: {step.result}"
    if line.then:
        yield f"    when blocked ({_time(line.then)}): {line.then.reason}{_salable(line.then.salable)}"
    if line.stock is None or line.cell is None:
        yield "    now: no product"
        return
    stock = line.stock.replace("_", " ")
    yield f"    now: {'enabled' if line.enabled else 'disabled'}, {stock}{_salable(line.salable)}"
    creates = "creates the order" if line.cell.create else "does not create the order"
    reserves = "reserves stock" if line.cell.reserve else "reserves nothing"
    cell = f"{explained.fulfillment_channel}, {stock}, {Status(explained.amazon_status)}"
    yield f"    matrix ({cell}): {creates}, {reserves}"


def _costs(line: LineExplanation) -> str:
    amounts = {
        "price": line.item_price,
        "tax": line.item_tax,
        "shipping": line.shipping_price,
        "shipping tax": line.shipping_tax,
        "discount": line.discount,
    }
    return ", ".join(f"{name} {money}" for name, money in amounts.items() if money) or "not reported"


def _money_lines(money: MoneyExplanation) -> Iterator[str]:
    if money.accepted:
        accepted = money.accepted
        yield f"  Money: {accepted.total}, accepted by {accepted.who} at {to_seconds(accepted.at)} ({accepted.reason})"
    elif money.reason:
        yield f"  Money: {money.reason}"
    else:
        yield f"  Money: the {'lines add up to' if money.ways else 'total is'} {money.sum}"


def _instruction_lines(explained: Explanation) -> Iterator[str]:
    if explained.buyer_cancellation and explained.buyer_cancellation not in {b.reason for b in explained.blocked_on}:
        yield f"  {explained.buyer_cancellation}."
    if explained.instructions:
        yield "  To be observed"
    for instruction in explained.instructions:
        yield f"    {instruction.text}"


def _time(blocker: RecordedBlocker) -> str:
    return to_seconds(blocker.at) or "time unknown"


def _salable(pieces: int | None) -> str:
    return "" if pieces is None else f", {pieces} salable"


def _address(address: AddressExplanation) -> str:
    if not address.needed:
        return "not needed"
    if not address.present:
        return "not there yet"
    by_state = {
        state: [name for name, field_state in address.fields.items() if field_state is state] for state in FieldState
    }
    return "; ".join(f"{state} {', '.join(fields)}" for state, fields in by_state.items() if fields)


def _letter_lines(letters: Sequence[DeadLetter]) -> Iterator[str]:
    for letter in letters:
        yield f"  Dead letter {letter.id[:8]} ({letter.letter_type} at {letter.consumer}): {letter.reason}"


def _never_placed_lines(order: NeverPlacedOrder) -> Iterator[str]:
    yield f"Order {order.amazon_order_id} is not recorded"
    for event in order.early_events:
        yield f"  {event.event} of store {event.store_id} is deferred until {to_seconds(event.due_at)}"
    yield from _letter_lines(order.dead_letters)
    yield f"  Now: {order.outcome}"
