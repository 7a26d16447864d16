"""crossdock orders list: filters, sorting over the whole set, pages, CSV, the system message."""

import csv
import io

import pytest

from tests.builders import STORE_ID, at, placed, usd
from tests.cli.conftest import Shell


def _id(number: int) -> str:
    return f"123-1234567-{number:07}"


@pytest.fixture
def three(shell: Shell) -> Shell:
    """Three orders of two stores: the second has the highest total, the third is canceled."""
    shell.publish(
        placed(amazon_order_id=_id(1), purchase_date=at(1), order_total=usd("9.50")),
        placed(amazon_order_id=_id(2), purchase_date=at(2), order_total=usd("100.00"), store_id="second"),
        placed(amazon_order_id=_id(3), purchase_date=at(3), order_total=usd("20.00"), status="Canceled"),
    )
    return shell


def _ids(shell: Shell, *options: str) -> list[int]:
    listed = shell.ok("orders", "list", "--json", *options).json
    return [int(order["amazon_order_id"][-7:]) for order in listed["orders"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), [3, 2, 1]),
        (("--asc",), [1, 2, 3]),
        (("--sort", "total"), [1, 3, 2]),
        (("--sort", "total", "--desc"), [2, 3, 1]),
        (("--store", "second"), [2]),
        (("--status", "Canceled"), [3]),
        (("--status", "Canceled", "--status", "Pending"), [3, 2, 1]),
        (("--import-state", "not_due"), [2, 1]),
        (("--total-min", "10", "--total-max", "50.00"), [3]),
        (("--from", "2026-05-04T12:02:00Z"), [3, 2]),
        (("--to", "2026-05-04T14:01:30+02:00"), [1]),
        (("--order", "123-1234567-0000002"), [2]),
        (("--page-size", "2", "--page", "2"), [1]),
    ],
)
def test_orders_are_filtered_sorted_and_paged(three: Shell, options: tuple[str, ...], expected: list[int]) -> None:
    assert _ids(three, *options) == expected


def test_the_count_is_that_of_all_pages(three: Shell) -> None:
    listed = three.ok("orders", "list", "--json", "--page-size", "1").json
    assert (listed["count"], listed["page"], len(listed["orders"])) == (3, 1, 1)
    assert listed["orders"][0]["total"] == {"currency": "USD", "amount": "20.00"}


def test_a_page_after_the_last_is_refused_and_an_empty_list_has_one_page(three: Shell) -> None:
    assert three.ok("orders", "list", "--page-size", "2", "--page", "2").err.endswith("3 orders, page 2 of 2.\n")
    answer = three.run("orders", "list", "--page-size", "2", "--page", "3")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "crossdock: There is no page 3: the list has 2 pages.\n"
    assert three.ok("orders", "list", "--order", "999").err.endswith("0 orders, page 1 of 1.\n")
    assert three.ok("orders", "list", "--order", "123-1234567-0000001").err.endswith("1 order, page 1 of 1.\n")


def test_the_page_after_a_position_goes_on_where_the_page_before_ended(three: Shell) -> None:
    first = three.ok("orders", "list", "--json", "--page-size", "2", "--sort", "total").json
    assert _ids(three, "--page-size", "2", "--sort", "total", "--after", first["next"]) == [2]
    answer = three.run("orders", "list", "--after", first["next"])
    assert (answer.code, answer.out) == (1, "")
    assert "that of another sorting; start from the first page" in answer.err
    assert "not both" in three.run("orders", "list", "--after", first["next"], "--page", "2").err


def test_a_filter_that_no_order_can_pass_is_refused(three: Shell) -> None:
    answer = three.run("orders", "list", "--total-min", "2", "--total-max", "1")
    assert (answer.code, answer.err) == (1, "crossdock: The lowest total, 2, is above the highest, 1.\n")


def test_csv_has_the_orders_of_all_pages(three: Shell) -> None:
    rows = list(csv.DictReader(io.StringIO(three.ok("orders", "list", "--csv", "--page-size", "1").out)))
    assert [row["total_amount"] for row in rows] == ["20.00", "100.00", "9.50"]
    assert rows[1]["store_id"] == "second"


def test_csv_and_json_at_once_are_wrong_usage(shell: Shell) -> None:
    answer = shell.run("orders", "list", "--csv", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "Write --csv or --json, not both" in answer.err


def test_the_system_message_is_shown_while_a_store_has_blocked_orders(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--name", "Test Shop", "--integrated-at", "2026-01-01")
    assert shell.ok("orders", "list", "--json").json["system_message"] is None
    shell.sell(1)
    message = (
        "Your Amazon store(s) has orders that cannot be imported into Commerce. "
        "See Recent Orders in the store dashboard(s): Test Shop"
    )
    assert shell.ok("orders", "list", "--json").json["system_message"] == message
    listed = shell.ok("orders", "list")
    assert listed.err.startswith(message)
    assert message not in listed.out


@pytest.mark.parametrize(
    "options",
    [
        ("--status", "Lost"),
        ("--from", "yesterday"),
        ("--total-min", "much"),
        ("--total-min", "NaN"),
        ("--page", "0"),
        ("--sort", "colour"),
    ],
)
def test_a_wrong_value_is_wrong_usage(shell: Shell, options: tuple[str, ...]) -> None:
    answer = shell.run("orders", "list", *options)
    assert answer.code == 2
    assert options[0].lstrip("-") in answer.err


def test_orders_are_found_by_their_buyers_name_and_the_search_is_recorded(shell: Shell) -> None:
    shell.publish(placed(buyer={"name": "Zoë Other"}), placed(amazon_order_id=_id(2)))
    assert len(_ids(shell, "--buyer", "other zoe", "--who", "ann")) == 1
    assert _ids(shell, "--buyer", "nobody", "--who", "ann") == []
    assert len(shell.ok("vault", "audit", "--json").json) == 2
    answer = shell.run("orders", "list", "--buyer", "--")
    assert "at least one word" in answer.err
