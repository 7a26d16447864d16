"""An operator's reset of an order's facts: Amazon's next report counts, even with an earlier date.

A wrong report may freeze an order: one with a date that no later report reaches, or a cancellation, which is final. The
facts stay until the next report, but for those of lines that the order has no more; an operator's edit of the address
stays for good.
"""

from typing import Any

from handlers.decision import Decision, OrderContext
from handlers.rules.fold_report import EDITED_ADDRESS
from handlers.rules.fold_total import present_lines
from handlers.rules.order_state import derive
from schemas.line import Line
from schemas.order import Order, ReportedLines

RESET = -1
"""The stamp of a fact that any report replaces: below every report's."""


def decide(context: OrderContext, actor: str, reason: str) -> Decision:
    """Return the effects of the reset; `context.order` must not be None."""
    before = context.order
    assert before is not None  # noqa: S101 - the caller found the order
    note = f"Facts reset by {actor} ({reason}): Amazon's next report counts, even with an earlier date."
    return Decision(derive(before, context.store, **_reset(before), note=note), note)


def _reset(order: Order) -> dict[str, Any]:
    stamps = {
        fact: stamp if stamp > EDITED_ADDRESS else RESET
        for fact, stamp in order.fact_stamps.items()
        if "/" not in fact  # a fact of a line without a stamp has that of the list of items
    }
    priced = order.amazon_ids  # removed lines with synthetic ids, whose amounts are those of present lines
    alone, instructions = order.total_alone, order.instructions
    return {
        "fact_stamps": stamps,
        "last_update_date": min(order.last_update_date, order.purchase_date),
        "lines": tuple(_reset_line(line) for line in order.lines),
        "removed_lines": tuple(_reset_line(line) for line in order.removed_lines if line.order_item_id in priced),
        "reported_lines": tuple(_reset_lines(lines) for lines in _kept(order)),
        "instructions": instructions
        and instructions.model_copy(update={"stamps": dict.fromkeys(instructions.stamps, RESET)}),
        "total_alone": alone and alone.model_copy(update={"stamp": RESET}),
    }


def _kept(order: Order) -> list[ReportedLines]:
    """Return the sets of the present lines, and one of others: without it their totals would pass for unreported."""
    present = present_lines(order)
    return (
        [*present, *[lines for lines in order.reported_lines if lines not in present][:1]]
        if order.reported_lines
        else []
    )


def _reset_line(line: Line) -> Line:
    others = tuple(
        other.model_copy(update={"stamps": dict.fromkeys(other.stamps, RESET)}) for other in line.other_amounts
    )
    return line.model_copy(update={"quantity_shipped": 0, "other_amounts": others})


def _reset_lines(lines: ReportedLines) -> ReportedLines:
    total_stamp = None if lines.total_stamp is None else RESET
    return lines.model_copy(update={"first": RESET, "last": RESET, "total_stamp": total_stamp})
