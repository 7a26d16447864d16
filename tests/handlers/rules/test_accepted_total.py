"""Orders whose amounts do not add up: replacements are free of charge, and staff accept the total of others."""

from decimal import Decimal
from typing import Any

import pytest

from handlers.accept_total import decide, refusal
from handlers.rules.accepted_total import importable_totals
from handlers.rules.totals import Totals
from schemas.blockers import Blocker, RemedyKind
from schemas.line import Line
from schemas.money import Money
from schemas.order import AcceptedTotal, Order
from schemas.status import ImportState
from tests.builders import START, an_imported_order, an_order, order_context, usd

OTHER = "111-0000009-0000009"


def lines_of(*lines: dict[str, Any], total: Money | None = None, **facts: Any) -> Order:
    """Return an order of these lines and this total."""
    numbered = (
        {"order_item_id": str(number), "seller_sku": f"SKU-{number}"} | line for number, line in enumerate(lines)
    )
    return an_order(
        lines=tuple(Line.model_validate({"quantity": 1} | line) for line in numbered), order_total=total, **facts
    )


def accepted(order: Order, total: Money) -> AcceptedTotal:
    """Return the acceptance of a total for the order as it is."""
    return AcceptedTotal(total=total, quantities=order.quantities, who="ann", at=START, reason="checked")


def imported_with(order: Order) -> Totals:
    """Return the amounts that the order is imported with, which add up."""
    totals = importable_totals(order)
    assert isinstance(totals, Totals), totals
    rows = totals.lines.values()
    summed = sum(row.price.amount + row.tax.amount + row.shipping.amount - row.discount.amount for row in rows)
    assert summed == totals.total.amount
    return totals


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([{}], None),
        ([{}, {}], usd("0.00")),
        ([{}, {"quantity": 3}], None),
        ([{"item_price": usd("0.00")}, {}], None),
    ],
)
def test_a_replacement_without_prices_costs_nothing(lines: list[dict[str, Any]], total: Money | None) -> None:
    totals = imported_with(lines_of(*lines, total=total, replaces_order_id=OTHER))
    assert totals.total == usd("0.00")


def test_a_replacement_has_the_currency_of_its_marketplace() -> None:
    order = lines_of({}, replaces_order_id=OTHER, marketplace_id="A1PA6795UKMFR9")
    assert imported_with(order).total == Money(currency="EUR", amount=Decimal("0.00"))
    unknown = order.model_copy(update={"marketplace_id": "UNKNOWN"})
    assert isinstance(importable_totals(unknown), Blocker)


@pytest.mark.parametrize("facts", [{}, {"replaces_order_id": OTHER, "total": usd("12.00")}])
def test_an_order_that_costs_something_or_replaces_none_is_blocked(facts: dict[str, Any]) -> None:
    assert isinstance(importable_totals(lines_of({}, {}, **facts)), Blocker)


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ([{"item_price": usd("9.99"), "item_tax": usd("1.60")}], "13.98"),
        ([{"item_price": usd("9.99"), "item_tax": usd("1.60")}], "5.00"),
        ([{"item_price": usd("10.00")}, {}, {"quantity": 2}], "20.00"),
        ([{}, {}, {}], "10.00"),
        ([{"item_price": usd("1.00"), "item_tax": usd("2.00")}, {"discount": usd("-1.00")}], "1.00"),
        ([{"item_price": Money(currency="EUR", amount=Decimal(5))}], "7.00"),
        ([{"item_price": usd("999999999999")}, {"item_price": usd("999999999999")}], "7.00"),
        ([{"item_price": usd("3.00")}, {"item_price": usd("3.00")}, {"item_price": usd("3.00")}], "0"),
    ],
)
def test_an_accepted_total_imports_an_order_with_lines_that_add_up(lines: list[dict[str, Any]], total: str) -> None:
    order = lines_of(*lines, total=usd(total))
    assert isinstance(importable_totals(order), Blocker)
    decision = decide(order_context(order), accepted(order, usd(total)))
    assert decision.order is not None
    assert imported_with(decision.order).total == usd(total)
    assert decision.order.lines == order.lines
    assert decision.order.import_state is ImportState.REQUESTED
    assert decision.note == f"Total of {total} USD accepted by ann (checked)."


def test_a_missing_price_gets_what_the_accepted_total_leaves() -> None:
    order = lines_of({"item_price": usd("10.00")}, {}, {"quantity": 3}, total=usd("20.00"))
    totals = imported_with(order.model_copy(update={"accepted_total": accepted(order, usd("20.00"))}))
    assert [str(row.price.amount) for row in totals.lines.values()] == ["10.00", "2.50", "7.50"]


def test_an_acceptance_is_void_for_other_quantities_and_for_another_total() -> None:
    order = lines_of({}, {}, total=usd("20.00"))
    order = order.model_copy(update={"accepted_total": accepted(order, usd("20.00"))})
    more = (order.lines[0].model_copy(update={"quantity": 2}), *order.lines[1:])
    for changes in ({"lines": more}, {"lines": order.lines[:1], "order_total": None}, {"order_total": usd("21.00")}):
        assert isinstance(importable_totals(order.model_copy(update=changes)), Blocker)


def test_amounts_that_add_up_outrank_an_acceptance() -> None:
    order = lines_of({}, {}, total=usd("20.00"))
    priced = tuple(line.model_copy(update={"item_price": usd("10.00")}) for line in order.lines)
    facts = {"accepted_total": accepted(order, usd("20.00")), "lines": priced}
    assert [str(row.price.amount) for row in imported_with(order.model_copy(update=facts)).lines.values()] == [
        "10.00"
    ] * 2


@pytest.mark.parametrize(
    ("order", "total", "why"),
    [
        (lines_of({}), None, "state it with --total"),
        (lines_of({}, {}, total=usd("9")), usd("8"), "cannot be overwritten"),
        (lines_of({}, {}), usd("-1"), "not less than 0"),
        (lines_of({"item_price": usd("9")}), None, "Nothing blocks its amounts: its total is 9 USD"),
        (an_imported_order(), None, "in Commerce already, as order 000000001"),
        (an_order("Canceled"), None, "canceled"),
    ],
)
def test_a_total_that_means_nothing_is_refused(order: Order, total: Money | None, why: str) -> None:
    assert why in str(refusal(order, total))


def test_amazons_own_total_and_a_stated_one_are_accepted() -> None:
    assert refusal(lines_of({}, {}, total=usd("9")), None) is None
    assert refusal(lines_of({}, {}), usd("9.50")) is None


@pytest.mark.parametrize(("total", "kind"), [(usd("9"), RemedyKind.ACCEPT_TOTAL), (None, RemedyKind.STATE_TOTAL)])
def test_the_remedy_of_a_money_blocker_is_to_accept_the_total(total: Money | None, kind: RemedyKind) -> None:
    blocker = importable_totals(lines_of({}, {}, total=total))
    assert isinstance(blocker, Blocker)
    assert blocker.remedy.kind is kind
