"""A store's figures: sales by day without canceled and blocked orders, the change, counts, recent orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from operations.errors import NotFoundError, WrongFilterError
from operations.store_changes import add_store
from operations.store_dashboard import show_dashboard
from schemas.money import Money
from tests.builders import STORE_ID, placed
from tests.harness import Pipeline


@pytest.fixture(autouse=True)
def now(pipeline: Pipeline) -> datetime:
    """The present, at which the ledger's clock stands: a day may end meanwhile."""
    instant = datetime.now(UTC)
    pipeline.ledger._clock = lambda: instant
    return instant


def sell(pipeline: Pipeline, number: int, days_ago: int, amount: str, **facts: object) -> None:
    moment = pipeline.ledger.now() - timedelta(days=days_ago)
    total = Money(currency=str(facts.pop("currency", "USD")), amount=Decimal(amount))
    dates = {"purchase_date": moment, "last_update_date": moment}
    pipeline.handle(placed(amazon_order_id=f"123-1234567-{number:07}", order_total=total, **dates, **facts))


def test_sales_are_summed_by_day_and_compared_with_the_period_before(pipeline: Pipeline, now: datetime) -> None:
    for number, days_ago, amount in [(1, 0, "10.00"), (2, 0, "5.50"), (3, 6, "4.50"), (4, 7, "8.00"), (5, 400, "1.00")]:
        sell(pipeline, number, days_ago, amount)
    sell(pipeline, 6, 1, "99.00", status="Canceled")
    sell(pipeline, 7, 1, "99.00", status="Unshipped")
    sell(pipeline, 8, 1, "3.00", currency="CAD")
    figures = show_dashboard(pipeline.context, STORE_ID)
    dollars, canadian = figures.sales
    assert [str(day.total) for day in dollars.days] == ["4.50 USD", *["0.00 USD"] * 5, "15.50 USD"]
    assert (dollars.orders, str(dollars.total), str(dollars.before)) == (3, "20.00 USD", "8.00 USD")
    assert dollars.change == Decimal("150.0")
    assert (str(canadian.total), canadian.change) == ("3.00 CAD", None)
    assert [str(total) for total in figures.lifetime_sales] == ["29.00 USD", "3.00 CAD"]
    assert {row.status: row.orders for row in figures.statuses} == {"Pending": 6, "Error": 1, "Canceled": 1}
    assert figures.orders == 8
    assert figures.recent_orders[0].purchase_date == now
    month = show_dashboard(pipeline.context, STORE_ID, 30)
    assert (len(month.sales[0].days), str(month.sales[0].total), month.sales[0].change) == (30, "28.00 USD", None)


def test_a_store_without_orders_has_no_sales_and_links_to_its_seller_central(pipeline: Pipeline) -> None:
    add_store(pipeline.context, "fresh", {"marketplace_id": "A1PA6795UKMFR9"}, actor="ann")
    figures = show_dashboard(pipeline.context, "fresh")
    assert (figures.sales, figures.lifetime_sales, figures.orders, figures.recent_orders) == ((), (), 0, ())
    assert figures.created_at is not None
    assert figures.changed_at is None
    assert {link.url.split("/")[2] for link in figures.seller_central} == {"sellercentral.amazon.de"}


def test_other_periods_and_unknown_stores_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(NotFoundError):
        show_dashboard(pipeline.context, "nobody")
    with pytest.raises(WrongFilterError, match="for 7 or 30 days, not for 8"):
        show_dashboard(pipeline.context, STORE_ID, 8)
