"""The address of a list of orders: it round-trips, and errors name the wrong part."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from operations.errors import WrongFilterError
from operations.orders.list_query import ListQuery, format_query, parse_position, parse_query
from operations.orders.lists import list_orders
from schemas.order_filters import OrderFilter, OrderPager, OrderPosition, SortColumn
from schemas.status import ImportState, Status
from tests.builders import placed, usd
from tests.harness import Pipeline

NOON = datetime(2026, 5, 1, 12, 0, 0, 5, tzinfo=UTC)
END_OF_MAY_2 = datetime(2026, 5, 2, 23, 59, 59, 999999, tzinfo=UTC)

QUERIES = [
    ListQuery(OrderFilter(), OrderPager()),
    ListQuery(
        OrderFilter(
            store_id='a "store" & more=1',
            statuses=(Status.ERROR, Status.PENDING),
            import_states=(ImportState.BLOCKED,),
            purchased_from=datetime(2026, 5, 1, tzinfo=UTC),
            purchased_to=END_OF_MAY_2,
            order_id="123-1234567",
            total_min=Decimal("0.01"),
            total_max=Decimal("999999999999.999999"),
            asks_to_cancel=True,
        ),
        OrderPager(SortColumn.TOTAL, True, page_size=20, after=OrderPosition(None, NOON, "s", "123-1234567-1234567")),
    ),
    ListQuery(
        OrderFilter(purchased_from=NOON),
        OrderPager(SortColumn.TOTAL, False, before=OrderPosition(Decimal("9.50"), NOON, "s", "x")),
    ),
    ListQuery(OrderFilter(), OrderPager(SortColumn.LAST_UPDATE_DATE, True, after=OrderPosition(NOON, NOON, "ö", "x"))),
    ListQuery(OrderFilter(), OrderPager(SortColumn.STATUS, True, page=3)),
]


@pytest.mark.parametrize("query", QUERIES)
def test_the_address_of_a_list_round_trips(query: ListQuery) -> None:
    assert parse_query(parse_qsl(format_query(query))) == query


def test_the_address_of_all_orders_is_empty_and_empty_fields_of_a_form_do_not_count() -> None:
    assert format_query(ListQuery(OrderFilter(), OrderPager())) == ""
    form = [("store", ""), ("from", " "), ("status", ""), ("total_min", ""), ("unknown", "x")]
    assert parse_query(form) == ListQuery(OrderFilter(), OrderPager())


def test_a_date_alone_is_that_whole_day() -> None:
    wanted = parse_query([("from", "2026-05-02"), ("to", "2026-05-02")]).wanted
    assert (wanted.purchased_from, wanted.purchased_to) == (datetime(2026, 5, 2, tzinfo=UTC), END_OF_MAY_2)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"status": "Lost"}, 'There is no status "Lost"; there are PendingAvailability, Pending, '),
        ({"sort": "colour"}, 'There is no sorting "colour"; there are purchase_date, '),
        ({"from": "yesterday"}, '"yesterday" is not a date; write 2026-05-01, or '),
        ({"from": "9999-12-31T23:00:00-09:00"}, "is not a date"),
        ({"from": "2026-05-02", "to": "2026-05-01"}, "The purchase date's beginning is after its end."),
        ({"total_min": "11,01"}, '"11,01" is not a total; write a decimal with a point, such as 11.01.'),
        ({"total_min": "NaN"}, "is not a total"),
        ({"total_max": "1e30"}, "is not a total"),
        ({"total_min": "2", "total_max": "1.99"}, "The lowest total, 2, is above the highest, 1.99."),
        ({"desc": "up"}, 'A list is sorted with desc=1 or desc=0, not "up".'),
        ({"page": "0"}, 'A page is a number from 1 to 1,000,000, not "0".'),
        ({"size": "501"}, 'A page size is a number from 1 to 500, not "501".'),
        ({"after": "%%%"}, "The page's position cannot be read; start from the first page."),
        ({"after": "bnVsbA"}, "The page's position cannot be read; start from the first page."),
        ({"after": urlsafe_b64encode(b"[" * 1_500).decode()}, "The page's position cannot be read"),
        ({"status": "x" * 10_000}, "…"),
    ],
)
def test_a_wrong_parameter_is_reported_in_a_sentence(parameters: dict[str, str], sentence: str) -> None:
    with pytest.raises(WrongFilterError) as caught:
        parse_query(parameters.items())
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_position_of_another_sorting_is_refused(pipeline: Pipeline) -> None:
    for number in (1, 2):
        pipeline.handle(placed(amazon_order_id=f"123-1234567-000000{number}", order_total=usd("9.50")))
    first = list_orders(pipeline.context, OrderFilter(), OrderPager(page_size=1))
    assert first.next is not None
    with pytest.raises(WrongFilterError, match="that of another sorting"):
        parse_position(SortColumn.TOTAL, first.next)
    after = parse_position(SortColumn.PURCHASE_DATE, first.next)
    second = list_orders(pipeline.context, OrderFilter(), OrderPager(page_size=1, after=after))
    assert (second.next, second.previous is None) == (None, False)
    assert second.orders != first.orders
