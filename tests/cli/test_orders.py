"""crossdock orders: show, history, cancel and edit an address; remedies that can be pasted."""

import subprocess
from typing import Any

import pytest

from tests.builders import ORDER_ID, STORE_ID, an_item, changed, placed, shipped, usd
from tests.cli.conftest import Shell

OTHER = "123-1234567-0000001"


def test_an_order_is_shown_with_the_documented_keys(imported: Shell) -> None:
    imported.publish(shipped())
    shown = imported.ok("orders", "show", ORDER_ID, "--json").json
    assert list(shown)[:12] == [
        "store_id",
        "amazon_order_id",
        "amazon_status",
        "status",
        "commerce_order",
        "import_state",
        "blocked_on",
        "note",
        "total",
        "items",
        "shipments",
        "history",
    ]
    assert shown["status"] == "Shipped"
    assert shown["import_state"] == "imported"
    assert shown["commerce_order"] == {"number": "000000001", "status": "processing"}
    assert shown["blocked_on"] == []
    assert shown["total"] == {"currency": "USD", "amount": "10.00"}
    assert shown["items"] == [
        {
            "order_item_id": "item-1",
            "seller_sku": "SKU-1",
            "sku": "SKU-1",
            "quantity": 1,
            "quantity_shipped": 1,
            "item_price": {"currency": "USD", "amount": "10.00"},
            "item_tax": None,
            "shipping_price": None,
            "shipping_tax": None,
            "discount": None,
            "asin": None,
            "title": None,
        }
    ]
    (parcel,) = shown["shipments"]
    assert (parcel["shipment_id"], parcel["tracking_number"], parcel["carrier_code"], parcel["confirmed"]) == (
        *("parcel-1", "TRACK-parcel-1", "UPS"),
        True,
    )
    assert parcel["quantities"] == {"item-1": 1}
    assert [set(line) for line in shown["history"]] == [{"time", "event", "note"}] * 4
    assert shown["history"][0]["event"] == "order.placed"


def test_a_line_keeps_its_product_when_amazon_reports_its_id_after_the_import(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(items=(an_item(order_item_id=f"{ORDER_ID}/1"),))
    shell.publish(changed(items=(an_item(),)))
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert [(item["order_item_id"], item["sku"]) for item in shown["items"]] == [("item-1", "SKU-1")]


def test_a_blocked_order_names_its_cause_its_solution_and_the_command(shell: Shell) -> None:
    shell.sell(1)
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert shown["status"] == "Error"
    (blocker,) = shown["blocked_on"]
    assert (blocker["kind"], blocker["key"]) == ("product_missing", "SKU-1")
    assert blocker["solution"].startswith("Create the product in the Commerce catalog")
    assert blocker["command"] == f"crossdock products match {STORE_ID} SKU-1 SKU"


def parsed_by_sh(command: str) -> list[str]:
    """Return the arguments that a command of ours gets from a shell."""
    printed = command.replace("crossdock", "printf '%s\\n'", 1)
    return subprocess.run(["sh", "-c", printed], capture_output=True, check=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("seller_sku", ['MUG BLUE 12" $(touch x)', "-MUG", "--it's", "a;b&c|d", "`touch x`", "*"])
def test_the_command_that_unblocks_an_order_can_be_pasted_for_any_listing_name(shell: Shell, seller_sku: str) -> None:
    shell.sell(1, items=(an_item(seller_sku=seller_sku),))
    shell.restock_unannounced("SKU-1")
    (blocker,) = shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"]
    *words, product = parsed_by_sh(blocker["command"])
    assert [word for word in words if word != "--"] == ["products", "match", STORE_ID, seller_sku]
    assert product == "SKU"
    shell.ok(*words, "SKU-1")
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "imported"


@pytest.mark.parametrize("sku", ["MUG BLUE $(touch x)", "-MUG"])
def test_the_command_that_restocks_a_product_can_be_pasted_for_any_sku(shell: Shell, sku: str) -> None:
    shell.ok("products", "set", "--quantity", "0", "--", sku)
    shell.sell(1, items=(an_item(seller_sku=sku),))
    (blocker,) = shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"]
    shell.ok(*("7" if word == "N" else word for word in parsed_by_sh(blocker["command"])))
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "imported"


@pytest.mark.parametrize(
    "facts",
    [
        {"item_price": None},
        {"item_tax": {"currency": "EUR", "amount": "1"}},
        {"item_price": usd("999999999999"), "item_tax": usd("1")},
    ],
)
def test_an_order_without_a_total_or_a_sum_or_commerce_order_shows_null(shell: Shell, facts: dict[str, Any]) -> None:
    shell.publish(placed(items=(an_item(1), an_item(2, **facts))))
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert (shown["total"], shown["commerce_order"], shown["shipments"]) == (None, None, [])


def test_the_text_of_an_order_has_no_empty_tables_and_no_personal_data(imported: Shell) -> None:
    text = imported.ok("orders", "show", ORDER_ID).out
    assert "000000001 (processing)" in text
    assert "Shipments" not in text
    assert "\x1b" not in text
    assert "1 Test Street" not in text


def test_an_unknown_order_is_refused_in_one_sentence(shell: Shell) -> None:
    for command in ("show", "history", "explain"):
        answer = shell.run("orders", command, ORDER_ID)
        assert answer.code == 1
        assert answer.out == ""
        assert answer.err == f"crossdock: There is no order {ORDER_ID}; see `crossdock orders list`.\n"


def test_an_id_that_two_stores_have_takes_the_store(shell: Shell) -> None:
    shell.publish(placed(), placed(store_id="second-store"))
    assert shell.run("orders", "show", ORDER_ID).code == 1
    assert shell.ok("orders", "show", ORDER_ID, "--store", "second-store", "--json").json["store_id"] == "second-store"


def test_the_history_is_listed_oldest_first(imported: Shell) -> None:
    lines = imported.ok("orders", "history", ORDER_ID, "--json").json
    assert [line["event"] for line in lines] == ["order.placed", "import.requested"]
    assert lines[0]["time"].endswith("Z")


def test_an_unshipped_order_can_be_canceled_and_amazon_is_asked(imported: Shell) -> None:
    answer = imported.ok("orders", "cancel", ORDER_ID, "--reason", "NoInventory")
    assert answer.out == f"Order {ORDER_ID}: Cancellation requested (NoInventory).\n"
    assert imported.ok("orders", "show", ORDER_ID, "--json").json["cancellation"]["sent"] is False
    imported.work()
    shown = imported.ok("orders", "show", ORDER_ID, "--json").json
    assert shown["cancellation"] == {"reason": "NoInventory", "sent": True}
    assert shown["note"] == "Cancellation (NoInventory) sent to Amazon."
    assert shown["history"][-2]["event"] == "operator.cancel"


@pytest.mark.parametrize(
    ("status", "reason", "why"),
    [
        ("Pending", "NoInventory", "Only Unshipped orders can be canceled, this one is Pending"),
        ("Shipped", "NoInventory", "Only Unshipped orders can be canceled"),
        ("Unshipped", "Whim", "is no reason Amazon knows"),
    ],
)
def test_a_cancellation_that_amazon_would_refuse_is_refused(shell: Shell, status: str, reason: str, why: str) -> None:
    shell.sell(1, status=status)
    answer = shell.run("orders", "cancel", ORDER_ID, "--reason", reason)
    assert answer.code == 1
    assert why in answer.err
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["cancellation"] is None


def test_an_order_of_a_store_whose_import_is_disabled_is_not_canceled_from_here(shell: Shell) -> None:
    shell.ok("stores", "add", STORE_ID, "--no-import-orders")
    shell.sell(1)
    answer = shell.run("orders", "cancel", ORDER_ID, "--reason", "NoInventory")
    assert (answer.code, "cancel it in Seller Central" in answer.err) == (1, True)


def test_a_cancellation_is_requested_once(imported: Shell) -> None:
    imported.ok("orders", "cancel", ORDER_ID, "--reason", "NoInventory")
    again = imported.run("orders", "cancel", ORDER_ID, "--reason", "BuyerCanceled")
    assert (again.code, "was requested before (NoInventory)" in again.err) == (1, True)


def test_a_cancellation_without_a_reason_is_wrong_usage(imported: Shell) -> None:
    assert imported.run("orders", "cancel", ORDER_ID).code == 2


def test_a_status_that_changed_is_shown_at_once(imported: Shell) -> None:
    imported.publish(changed("Canceled", items=(an_item(),)))
    assert imported.ok("orders", "show", ORDER_ID, "--json").json["status"] == "Canceled"


def test_an_order_that_its_amounts_block_is_imported_by_an_accepted_total(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, order_total=usd("13.98"))
    (blocker,) = shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"]
    assert blocker["command"] == f"crossdock orders accept-total {ORDER_ID} --store {STORE_ID} --reason TEXT"
    assert "explain" not in shell.ok("orders", "explain", ORDER_ID).out.partition("Command")[2]
    answer = shell.ok("orders", "accept-total", ORDER_ID, "--reason", "as in Seller Central", "--who", "ann")
    assert answer.out == f"Order {ORDER_ID}: Total of 13.98 USD accepted by ann (as in Seller Central).\n"
    shell.work()
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert (shown["import_state"], shown["total"]["amount"]) == ("imported", "13.98")
    assert shown["items"][0]["item_price"] == {"currency": "USD", "amount": "10.00"}
    assert shown["accepted_total"]["who"] == "ann"
    assert "operator.accept_total" in [line["event"] for line in shown["history"]]
    assert shell.ok("dead-letters", "list", "--state", "all", "--json").json[0]["state"] == "resolved"


def test_an_order_without_any_amount_is_imported_by_a_stated_total(shell: Shell) -> None:
    shell.ok("products", "set", "SKU-1", "--quantity", "5")
    shell.sell(1, items=(an_item(item_price=None),))
    (blocker,) = shell.ok("orders", "show", ORDER_ID, "--json").json["blocked_on"]
    assert "--total AMOUNT --reason TEXT" in blocker["command"]
    refused = shell.run("orders", "accept-total", ORDER_ID, "--reason", "gift")
    assert (refused.code, "state it with --total" in refused.err) == (1, True)
    shell.ok("orders", "accept-total", ORDER_ID, "--reason", "gift", "--total", "0.00")
    assert "Money: 0.00 USD, accepted by" in shell.ok("orders", "explain", ORDER_ID).out
    shell.work()
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["import_state"] == "imported"


def test_explain_and_show_have_what_each_line_costs(shell: Shell) -> None:
    shell.sell(1, items=(an_item(item_tax=usd("0.80"), shipping_price=usd("2.00"), discount=usd("1.00")),))
    explained = shell.ok("orders", "explain", ORDER_ID)
    assert "costs: price 10.00 USD, tax 0.80 USD, shipping 2.00 USD, discount 1.00 USD" in explained.out
    assert "11.80" in explained.out
    assert "10.00 USD\t0.80 USD\t2.00 USD\t-\t1.00 USD" in shell.ok("orders", "show", ORDER_ID).out
    assert "The payment is authorized, and no item was shipped yet." in explained.out


def test_an_order_that_a_wrong_cancellation_froze_follows_the_next_report(shell: Shell) -> None:
    shell.publish(placed(), changed("Canceled", 1), changed("Unshipped", 2))
    assert shell.ok("orders", "show", ORDER_ID, "--json").json["amazon_status"] == "Canceled"
    assert shell.run("orders", "reset-facts", ORDER_ID, "--reason", " ").code == 2
    answer = shell.ok("orders", "reset-facts", ORDER_ID, "--reason", "wrong feed", "--who", "ann")
    assert "Facts reset by ann (wrong feed)" in answer.out
    shell.publish(changed("Unshipped", 3))
    shown = shell.ok("orders", "show", ORDER_ID, "--json").json
    assert shown["amazon_status"] == "Unshipped"
    assert "operator.reset_facts" in [line["event"] for line in shown["history"]]
