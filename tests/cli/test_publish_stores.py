"""crossdock publish --from: a store takes the orders of its marketplace, and nobody's name makes a store."""

import pytest

from tests.builders import STORE_ID
from tests.cli.conftest import Shell
from tests.cli.test_publish import REPORT, amazon_document


@pytest.mark.parametrize(("misspelt", "nearest"), [("test-stroe", "; the nearest is test-store"), ("x", "")])
def test_a_store_that_nobody_added_is_refused_with_the_nearest(shell: Shell, misspelt: str, nearest: str) -> None:
    shell.ok("stores", "add", STORE_ID)
    answer = shell.run("publish", "-", "--from", "all-orders-report", "--store", misspelt, text=REPORT)
    expected = f"crossdock: There is no store {misspelt}{nearest}; see `crossdock stores list`.\n"
    assert (answer.code, answer.out, answer.err) == (1, "", expected)
    shell.work()
    assert [store["store_id"] for store in shell.ok("stores", "list", "--json").json] == [STORE_ID]


def test_before_the_first_store_the_command_names_the_one_that_adds_it(shell: Shell) -> None:
    answer = shell.run("publish", "-", "--from", "amazon-order", text="{}")
    assert (answer.code, "There is no store yet; add it with `crossdock stores add`." in answer.err) == (2, True)


def _region_report() -> str:
    """A report of a region: two orders of Amazon.com, one of Amazon.de, two of Amazon.co.uk."""
    channels = ("Amazon.com", "Amazon.de", "amazon.co.uk", "Amazon.com", "Amazon.co.uk")
    rows = (
        f"111-0000001-000000{number}\t2026-05-04T10:00:00Z\t2026-05-04T10:00:00Z\tPending\tMerchant\t{channel}\tSKU-1\t1"
        for number, channel in enumerate(channels)
    )
    header = "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\tsku"
    return "\n".join((f"{header}\tquantity", *rows))


def test_a_report_of_a_region_gives_each_store_the_orders_of_its_marketplace(shell: Shell) -> None:
    stores = {"us": "ATVPDKIKX0DER", "de": "A1PA6795UKMFR9", "uk": "A1F83G8C2ARO7P", "fr": "A13V1IB3VIYZZH"}
    counts = {}
    for store, marketplace in stores.items():
        shell.ok("stores", "add", store, "--marketplace-id", marketplace)
        words = ("publish", "-", "--from", "all-orders-report", "--store", store, "--json")
        result = shell.ok(*words, text=_region_report()).json
        counts[store] = result["published"], result["left_out"]
    assert counts == {"us": (2, 3), "de": (1, 4), "uk": (2, 3), "fr": (0, 5)}
    shell.work()
    orders = shell.ok("orders", "list", "--json", "--page-size", "100").json["orders"]
    assert len(orders) == len({order["amazon_order_id"] for order in orders}) == 5


def test_people_read_how_many_orders_are_left_out_and_of_which_marketplace(shell: Shell) -> None:
    shell.ok("stores", "add", "de", "--marketplace-id", "A1PA6795UKMFR9")
    answer = shell.ok("publish", "-", "--from", "all-orders-report", text=_region_report())
    assert answer.err == (
        "2 orders are left out: of the marketplace A1F83G8C2ARO7P, which is not the store's.\n"
        "2 orders are left out: of the marketplace ATVPDKIKX0DER, which is not the store's.\n"
    )


def test_a_store_without_a_marketplace_takes_all_orders(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID)
    words = ("publish", "-", "--from", "all-orders-report", "--json")
    result = shell.ok(*words, text=_region_report()).json
    assert (result["published"], result["left_out"], result["remarks"]) == (5, 0, [])


@pytest.mark.parametrize("shape", ["amazon-order", "amazon-notification"])
def test_orders_and_notifications_of_another_marketplace_are_left_out(shell: Shell, shape: str) -> None:
    shell.ok("stores", "add", "de", "--marketplace-id", "A1PA6795UKMFR9")
    result = shell.ok("publish", "-", "--from", shape, "--json", text=amazon_document(shape)).json
    assert (result["published"], result["left_out"]) == (0, 1)
