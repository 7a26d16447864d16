"""crossdock orders explain: the decisions about an order's import, as a tree of lines or as JSON."""

from collections.abc import Iterator
from typing import Any

from cli.terminal.output import print_json, rfc3339, say, to_seconds
from cli.views.letters import letter_json
from cli.views.orders import blocker_row
from operations.orders.explain import BlockedSince, ExplainedLine, Explanation
from operations.orders.explain_checks import FieldState
from operations.orders.never_placed import NeverPlacedOrder
from schemas.dead_letters import DeadLetter
from schemas.order import Order
from schemas.status import Channel, Status

_CHANNELS = {Channel.MFN: "FBM, shipped by the merchant", Channel.AFN: "FBA, shipped by Amazon"}
_STEPS = {"match": "match by hand", "sku": "seller SKU", "asin": "ASIN"}


def print_explanation(explanation: Explanation, *, as_json: bool) -> None:
    """Print an explanation, as JSON or as indented lines."""
    if as_json:
        print_json(shape(explanation))
        return
    for line in _lines(explanation):
        say(line)


def shape(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as `--json` shows it."""
    order = explanation.order
    return {
        "store_id": order.store_id,
        "amazon_order_id": order.amazon_order_id,
        "amazon_status": order.amazon_status.value,
        "status": order.status.value,
        "import_state": order.import_state.value,
        "fulfillment_channel": order.fulfillment_channel.value,
        "inventory_management": explanation.store.settings.inventory_management,
        "lines": [_line(line) for line in explanation.lines],
        "address": {
            "needed": explanation.address_needed,
            "present": _has_address(explanation),
            "fields": {field: state.value for field, state in explanation.address.items()},
        },
        "money": {
            "adds_up": explanation.money is None,
            "reason": explanation.money,
            "sum": explanation.sum.model_dump(mode="json") if explanation.sum else None,
            "amazon_total": order.order_total.model_dump(mode="json") if order.order_total else None,
        },
        "outcome": explanation.outcome,
        "blocked_on": [blocker_row(blocker) | {"reason": blocker.reason} for blocker in explanation.blockers],
        "recorded": [_then(one) for one in explanation.recorded],
        "dead_letters": [letter_json(letter) for letter in explanation.letters],
    }


def _line(explained: ExplainedLine) -> dict[str, Any]:
    product, found = explained.product, explained.cell
    return {
        "order_item_id": explained.line.order_item_id,
        "seller_sku": explained.line.seller_sku,
        "asin": explained.line.asin,
        "quantity": explained.line.quantity,
        "matched": next((one.name for one in explained.way if one.by == "match"), None),
        "sku": product.sku if product else None,
        "found_by": explained.found_by,
        "enabled": product.enabled if product else None,
        "stock": explained.stock.value if explained.stock else None,
        "salable": product.salable if product else None,
        "cell": {"create": found.create, "reserve": found.reserve} if found else None,
        "way": [{"by": t.by, "name": t.name, "found": t.found, "result": t.result} for t in explained.way],
        "then": _then(explained.then) if explained.then else None,
    }


def _then(since: BlockedSince) -> dict[str, Any]:
    return {
        "at": rfc3339(since.at),
        "kind": since.blocker.kind.value,
        "key": since.blocker.key,
        "reason": since.blocker.reason,
        "salable": since.blocker.salable,
        "still": since.still,
    }


def _has_address(explanation: Explanation) -> bool:
    # The country alone must be there in every address.
    return explanation.address["country_code"] is not FieldState.MISSING


def _lines(explanation: Explanation) -> Iterator[str]:
    order = explanation.order
    matrix = "with" if explanation.store.settings.inventory_management else "without"
    yield f"Order {order.amazon_order_id} of store {order.store_id}"
    yield f"  Amazon says {order.amazon_status}; {_CHANNELS[order.fulfillment_channel]}"
    yield f"  Order creation matrix {matrix} inventory management"
    for line in explanation.lines:
        yield from _line_lines(order, line)
    yield from _address_lines(explanation)
    yield f"  Money: {explanation.money or f'the lines add up to {explanation.sum}'}"
    for gone in explanation.recorded:
        if not gone.still:
            yield f"  Was blocked since {to_seconds(gone.at) or 'then'}: {gone.blocker.reason}. That is over."
    yield f"  Now: {explanation.outcome}"
    for blocker in explanation.blockers:
        yield f"    {blocker.reason} ({blocker.kind})"
        yield f"      Solution  {blocker.solution}"
        yield f"      Command   {blocker.command}"
    yield from _letter_lines(explanation.letters)


def _line_lines(order: Order, explained: ExplainedLine) -> Iterator[str]:
    line, product = explained.line, explained.product
    yield f"  Listing {line.seller_sku}, quantity {line.quantity}"
    for step in explained.way:
        yield f"    {_STEPS[step.by]}: {step.result}"
    if explained.then:
        yield f"    then, {to_seconds(explained.then.at) or 'when it was blocked'}: {_then_words(explained.then)}"
    if product is None or explained.stock is None or explained.cell is None:
        yield "    now: no product"
        return
    salable = "" if product.salable is None else f", {product.salable} salable"
    state = "enabled" if product.enabled else "disabled"
    yield f"    now: {state}, {explained.stock.replace('_', ' ')}{salable}"
    creates = "creates the order" if explained.cell.create else "does not create the order"
    reserves = "reserves stock" if explained.cell.reserve else "reserves nothing"
    cell = f"{order.fulfillment_channel}, {explained.stock.replace('_', ' ')}, {Status(order.amazon_status)}"
    yield f"    matrix ({cell}): {creates}, {reserves}"


def _then_words(since: BlockedSince) -> str:
    salable = "" if since.blocker.salable is None else f", {since.blocker.salable} salable"
    return f"{since.blocker.reason}{salable}"


def _address_lines(explanation: Explanation) -> Iterator[str]:
    if not explanation.address_needed:
        yield "  Shipping address: not needed"
    elif not _has_address(explanation):
        yield "  Shipping address: not there yet"
    else:
        by_state = {
            state: [field for field, found in explanation.address.items() if found is state] for state in FieldState
        }
        told = "; ".join(f"{state} {', '.join(fields)}" for state, fields in by_state.items() if fields)
        yield f"  Shipping address: {told}"


def _letter_lines(letters: tuple[DeadLetter, ...]) -> Iterator[str]:
    for letter in letters:
        yield f"  Dead letter {letter.id[:8]} ({letter.letter_type} at {letter.consumer}): {letter.reason}"


def print_never_placed(found: NeverPlacedOrder, *, as_json: bool) -> None:
    """Print why an order that nobody placed is nowhere to be found."""
    outcome = "The order was never placed; what came for it is handled as soon as order.placed is published."
    if as_json:
        early = [
            {"consumer": one.consumer, "event": one.event, "store_id": one.order[0], "due_at": rfc3339(one.due_at)}
            for one in found.early
        ]
        letters = [letter_json(letter) for letter in found.letters]
        print_json(
            {
                "amazon_order_id": found.amazon_order_id,
                "import_state": None,
                "outcome": outcome,
                "early_events": early,
                "dead_letters": letters,
            }
        )
        return
    say(f"Order {found.amazon_order_id} is not recorded")
    for one in found.early:
        say(f"  {one.event} of store {one.order[0]} waits for it, until {to_seconds(one.due_at)}")
    for line in _letter_lines(found.letters):
        say(line)
    say(f"  Now: {outcome}")
