"""crossdock publish --from all-orders-report: the facts that a report adds to an order, and the reading of its file."""

import json

import pytest

from tests.builders import STORE_ID
from tests.cli.conftest import Shell
from tests.gateways.amazon.samples import ORDER_ID, dollars, v0_item, v0_order

HEADER = "Order ID,Date,Last Updated Date,Status,Fulfilment,Sales Channel,sku,order-item-id,Quantity,Amount,Currency"


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """A shell with a store that was integrated before the orders were placed."""
    shell.ok("stores", "add", STORE_ID, "--integrated-at", "2026-01-01T00:00:00Z")
    return shell


def row(amount: str = "20.00", order: str = ORDER_ID, sku: str = "MUG", item: str = "i-1") -> str:
    """A row of a seller's export, later than the order of v0."""
    return f"{order},2026-01-02,2026-01-03,Unshipped,Merchant,Amazon.com,{sku},{item},2,{amount},USD"


def publish(shell: Shell, shape: str, text: str | bytes) -> None:
    """Publish a file in one of Amazon's shapes, and handle all follow-ups."""
    shell.ok("publish", "-", "--from", shape, "--store", STORE_ID, text=text)
    shell.work()


def shown(shell: Shell) -> tuple[str, str]:
    """Return the order's import state and total."""
    order = shell.ok("orders", "show", ORDER_ID, "--json").json
    return order["import_state"], order["total"]["amount"]


def test_the_sum_of_a_reports_rows_does_not_replace_amazons_total(shell: Shell) -> None:
    publish(shell, "amazon-order", json.dumps(v0_order()))
    publish(shell, "all-orders-report", f"{HEADER}\n{row()}")
    shell.ok("products", "set", "MUG", "--quantity", "5")
    shell.work()
    assert shown(shell) == ("imported", "24.00")


def test_a_report_without_the_fee_for_cash_leaves_the_total_of_an_imported_order(shell: Shell) -> None:
    shell.ok("products", "set", "MUG", "--quantity", "5")
    order = v0_order({"OrderTotal": dollars("27.00")}, [v0_item({"CODFee": dollars("3.00")})])
    publish(shell, "amazon-order", json.dumps(order))
    publish(shell, "all-orders-report", f"{HEADER}\n{row()}")
    assert shown(shell) == ("imported", "27.00")


@pytest.mark.parametrize(("least", "found"), [("24.99", [25, 30]), ("25.00", [25, 30]), ("25.01", [30])])
def test_orders_of_a_report_are_found_and_sorted_by_what_their_lines_add_up_to(
    shell: Shell, least: str, found: list[int]
) -> None:
    first, second = "111-0000002-0000002", "111-0000003-0000003"
    rows = (row("30.00", first), row("20.00", second), row("5.00", second, item="i-2"))
    publish(shell, "all-orders-report", "\n".join((HEADER, *rows)))
    listed = shell.ok("orders", "list", "--json", "--sort", "total", "--total-min", least).json["orders"]
    assert [float(order["total"]["amount"]) for order in listed] == found


def test_the_encoding_of_a_report_can_be_given(shell: Shell) -> None:
    sku = "\u30de\u30b0-\u9752"
    report = f"{HEADER}\n{row(sku=sku)}".encode("cp932")
    words = ("publish", "-", "--from", "all-orders-report", "--store", STORE_ID)
    refused = shell.run(*words, text=report)
    assert (refused.code, refused.err.splitlines()[-1]) == (
        1,
        "crossdock: The report is not in UTF-8 or cp1252: say which encoding it is in, such as --encoding cp932.",
    )
    shell.ok(*words, "--encoding", "cp932", text=report)
    shell.work()
    (item,) = shell.ok("orders", "show", ORDER_ID, "--json").json["items"]
    assert item["seller_sku"] == sku


def test_rows_that_amazon_did_not_sell_are_reported_and_are_no_failure(shell: Shell) -> None:
    elsewhere = row(order="S01-1234567-1234567", amount="").replace("Amazon.com", "Non-Amazon")
    words = ("publish", "-", "--from", "all-orders-report", "--store", STORE_ID)
    printed = shell.ok(*words, text=f"{HEADER}\n{row()}\n{elsewhere}")
    assert printed.err.startswith("1 rows are left out")
    assert printed.out.startswith("Queued 1 event of 1 order;")
    (remark,) = shell.ok(*words, "--json", text=f"{HEADER}\n{elsewhere}").json["remarks"]
    assert remark == printed.err.strip()


def test_a_new_orders_report_gets_the_marketplace_of_its_store(shell: Shell) -> None:
    header = "order-id\torder-item-id\tpurchase-date\tpayments-date\tsku\tquantity-purchased\tcurrency\titem-price"
    report = f"{header}\n{ORDER_ID}\ti-1\t2026-01-01T10:00:00Z\t2026-01-01T11:00:00Z\tMUG\t2\tUSD\t20.00\n"
    words = ("publish", "-", "--from", "all-orders-report", "--store", STORE_ID)
    refused = shell.run(*words, text=report)
    assert (refused.code, "--marketplace-id" in refused.err) == (1, True)
    shell.ok("stores", "set", STORE_ID, "--marketplace-id", "ATVPDKIKX0DER", "--integrated-at", "2025-01-01")
    shell.ok(*words, text=report)
    shell.work()
    order = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert (order["amazon_status"], order["fulfillment_channel"]) == ("Unshipped", "MFN")
    assert order["marketplace_id"] == "ATVPDKIKX0DER"


def test_an_xml_report_is_named_with_what_to_fetch_instead(shell: Shell) -> None:
    words = ("publish", "-", "--from", "all-orders-report", "--store", STORE_ID)
    answer = shell.run(*words, text="<?xml version='1.0'?>\n<AmazonEnvelope>\n</AmazonEnvelope>\n")
    assert answer.code == 1
    assert "an XML report" in answer.err
    assert "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL" in answer.err
